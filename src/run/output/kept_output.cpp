#include "run/output/kept_output.hpp"

#include <cstddef>

#include "run/mutant.hpp"

namespace quantum::run {

OutputOptions output_options(const OutputSetting& setting) {
    OutputOptions options;
    if (!setting) return options;
    options.keep = true;
    options.spool_directory = setting->spool_directory;
    options.masked = setting->masked;
    return options;
}

KeptOutput::KeptOutput(const KeepOutput& keep, const Execution& execution, RunObserver& observer)
    : execution_(execution), observer_(observer) {
    if (mutated(RunMutant::output_of_functions_unmasked)) return;
    const SecretMask mask(keep.masked);
    for (Channel& channel : channels_) channel.mask = mask;
}

void KeptOutput::write(OutputChannel channel, std::string_view bytes) {
    const base::MutexLock lock(mutex_);
    Channel& to = channels_[static_cast<std::size_t>(channel)];
    to.mask.feed(bytes, [&](std::string_view masked) { keep(to, masked); });
}

void KeptOutput::keep(Channel& channel, std::string_view bytes) {
    {
        const base::MutexLock lock(capture_mutex_);
        capture_.write(bytes);
    }
    channel.lines.feed(bytes, [&](std::string_view line) { tell(channel, line); });
}

void KeptOutput::tell(const Channel& channel, std::string_view line) const {
    observer_.output(execution_, channel.name, line);
}

std::shared_ptr<const CapturedOutput> KeptOutput::so_far() const {
    const base::MutexLock lock(capture_mutex_);
    return capture_.so_far();
}

std::shared_ptr<const CapturedOutput> KeptOutput::finish() {
    const base::MutexLock lock(mutex_);
    for (Channel& channel : channels_) {
        channel.mask.finish([&](std::string_view masked) { keep(channel, masked); });
        channel.lines.finish([&](std::string_view line) { tell(channel, line); });
    }
    const base::MutexLock capture_lock(capture_mutex_);
    return capture_.take();
}

}  // namespace quantum::run
