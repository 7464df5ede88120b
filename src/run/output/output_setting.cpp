#include <utility>

#include "quantum/keep_output.hpp"

#include "run/output/kept_output.hpp"
#include "run/output/line_output.hpp"

namespace quantum {
namespace {

std::unique_ptr<TaskOutput> open_kept(const KeepOutput& keep, const Execution& execution,
                                      RunObserver& observer) {
    return std::make_unique<run::KeptOutput>(keep, execution, observer);
}

}  // namespace

OutputSetting::OutputSetting(KeepOutput keep) : keep_(std::move(keep)), open_(&open_kept) {}

std::unique_ptr<TaskOutput> OutputSetting::open(const Execution& execution,
                                                RunObserver& observer) const {
    if (keep_) return open_(*keep_, execution, observer);
    return std::make_unique<run::LineOutput>(execution, observer);
}

}  // namespace quantum
