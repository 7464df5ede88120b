#include "run/output/run_output.hpp"

namespace quantum {

RunOutput::RunOutput(const Execution& execution, RunObserver& observer,
                     const OutputOptions& options, const std::vector<std::string>& masked,
                     const std::optional<OutputFile>& file, BootTime now)
    : execution_(execution), observer_(observer), log_(file ? OutputLog::of(*file) : nullptr) {
    if (!masked.empty()) {
        for (auto& channel : channels_) channel.mask = SecretMask(masked);
    }
    if (options.keep) {
        capture_.emplace(spool_path(options.spool_directory, execution.id, execution.attempt),
                         execution.wall_time(now));
    }
    if (options.line_rate) gate_.emplace(*options.line_rate, now);
}

RunOutput::Channel& RunOutput::channel_of(OutputChannel name) {
    return channels_[name == OutputChannel::standard_output ? 0 : 1];
}

void RunOutput::write(OutputChannel channel, std::string_view bytes, BootTime now) {
    if (gate_) {
        const bool was_shut = gate_->is_shut();
        gate_->pass_time(now);
        if (was_shut && !gate_->is_shut()) tell_left_out();
    }
    Channel& to = channel_of(channel);
    to.mask.feed(bytes, [&](std::string_view masked) { keep(to, masked); });
}

void RunOutput::keep(Channel& channel, std::string_view bytes) {
    if (log_) {
        if (const Status written = log_->write(bytes); !written) note(written.error().message);
    }
    if (capture_) capture_->write(bytes);
    channel.lines.feed(bytes, [&](std::string_view line) { tell_line(channel, line); });
}

void RunOutput::note(std::string_view text) {
    const std::string line = "quantum: " + std::string(text);
    if (capture_) capture_->write(line + '\n');
    observer_.output(execution_, OutputChannel::standard_error, line);
}

void RunOutput::tell_line(const Channel& channel, std::string_view line) {
    if (gate_ && !gate_->admit(line.size())) return;
    observer_.output(execution_, channel.name, line);
}

void RunOutput::tell_left_out() {
    if (!gate_ || gate_->lines_left_out() == 0) return;
    observer_.output_left_out(execution_, gate_->lines_left_out(), gate_->bytes_left_out());
    gate_->forget_left_out();
}

void RunOutput::end(OutputChannel channel) {
    Channel& ended = channel_of(channel);
    ended.mask.finish([&](std::string_view masked) { keep(ended, masked); });
    ended.lines.finish([&](std::string_view line) { tell_line(ended, line); });
}

std::shared_ptr<const CapturedOutput> RunOutput::finish() {
    for (const Channel& channel : channels_) end(channel.name);
    tell_left_out();
    return capture_ ? capture_->take() : nullptr;
}

}  // namespace quantum
