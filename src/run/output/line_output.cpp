#include "run/output/line_output.hpp"

#include <cstddef>

#include "run/mutant.hpp"

namespace quantum::run {

void LineOutput::write(OutputChannel channel, std::string_view bytes) {
    const base::MutexLock lock(mutex_);
    lines_[static_cast<std::size_t>(channel)].feed(
        bytes, [&](std::string_view line) { observer_.output(execution_, channel, line); });
}

std::shared_ptr<const CapturedOutput> LineOutput::finish() {
    if (mutated(RunMutant::output_ends_with_line)) return nullptr;
    const base::MutexLock lock(mutex_);
    for (const OutputChannel channel :
         {OutputChannel::standard_output, OutputChannel::standard_error}) {
        lines_[static_cast<std::size_t>(channel)].finish(
            [&](std::string_view line) { observer_.output(execution_, channel, line); });
    }
    return nullptr;
}

}  // namespace quantum::run
