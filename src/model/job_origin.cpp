#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "quantum/job.hpp"

#include "base/base_mutant.hpp"
#include "base/mutex.hpp"

namespace quantum {

struct JobOrigin::Cell {
    explicit Cell(std::string_view its_name) : name(its_name) {}

    struct Lines {
        base::Mutex mutex;  // a leaf
        std::unordered_map<std::uint32_t, std::string> texts QUANTUM_GUARDED_BY(mutex);
    };

    [[nodiscard]] Lines& its_lines() {
        Lines* known = lines.load(std::memory_order_acquire);
        if (known != nullptr) return *known;
        auto made = std::make_unique<Lines>();
        if (lines.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) {
            return *made.release();
        }
        return *known;
    }

    const std::string name;
    std::atomic<std::uint32_t> holders{1};
    std::atomic<Lines*> lines{nullptr};  // once one is asked for
};

JobOrigin::JobOrigin(std::string_view name) : cell_(new Cell(name)) {}

JobOrigin::JobOrigin(const JobOrigin& other) noexcept : cell_(other.cell_) {
    if (cell_ != nullptr) cell_->holders.fetch_add(1, std::memory_order_relaxed);
}

JobOrigin& JobOrigin::operator=(JobOrigin other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
}

void JobOrigin::drop() noexcept {
    if (cell_->holders.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    delete cell_->lines.load(std::memory_order_relaxed);
    delete cell_;
}

const std::string& JobOrigin::name() const { return cell_->name; }

const std::string& JobOrigin::text(std::uint32_t line) const {
    if (line == 0 || mutated(base::BaseMutant::lines_share_a_text)) return cell_->name;
    Cell::Lines& lines = cell_->its_lines();
    const base::MutexLock lock(lines.mutex);
    std::string& text = lines.texts[line];
    if (text.empty()) text = cell_->name + ':' + std::to_string(line);
    return text;
}

}  // namespace quantum
