#include "config/diagnostic_list.hpp"

#include <algorithm>
#include <utility>

namespace quantum::config {
namespace {

constexpr std::size_t max_diagnostics = 10'000;

}  // namespace

void DiagnosticList::add(Severity severity, std::size_t line, const Slice& where,
                         std::string message) {
    if (diagnostics_.size() >= max_diagnostics) {
        ++left_out_;
        errors_left_out_ = errors_left_out_ || severity == Severity::error;
        return;
    }
    diagnostics_.push_back({severity, line, shift(line) + where.offset + 1,
                            std::max<std::size_t>(where.text.size(), 1), std::move(message)});
}

std::vector<Diagnostic> DiagnosticList::take() {
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                         return a.line != b.line ? a.line < b.line : a.column < b.column;
                     });
    if (left_out_ > 0) {
        diagnostics_.push_back({errors_left_out_ ? Severity::error : Severity::warning, 0, 1, 1,
                                "and " + std::to_string(left_out_) + " more problems"});
    }
    return std::move(diagnostics_);
}

}  // namespace quantum::config
