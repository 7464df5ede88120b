#include "run/output/run_output.hpp"

#include <utility>

#include "quantum/job.hpp"

namespace quantum::run {

RunOutput::RunOutput(const Execution& execution, RunObserver& observer,
                     const OutputOptions& options, const std::vector<std::string>& masked,
                     const std::optional<OutputFile>& file, BootTime now)
    : execution_(execution), observer_(observer), log_(file ? OutputLog::of(*file) : nullptr) {
    if (!masked.empty() || !options.masked.empty()) {
        std::vector<std::string> all = options.masked;
        all.insert(all.end(), masked.begin(), masked.end());
        const SecretMask mask(std::move(all));
        for (auto& channel : channels_) channel.mask = mask;
    }
    if (options.keep) {
        capture_.emplace(spool_path(options.spool_directory, execution.id, execution.attempt),
                         execution.wall_time(now));
    }
    if (options.log) share_ = options.log->of(execution.job->name(), now);
}

RunOutput::Channel& RunOutput::channel_of(OutputChannel name) {
    return channels_[name == OutputChannel::standard_output ? 0 : 1];
}

void RunOutput::write(OutputChannel channel, std::string_view bytes, BootTime now) {
    if (share_ && share_->is_open(execution_.id, now)) tell_left_out();
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
    if (share_ && !share_->admit(execution_.id, size_in_log(line, execution_.job->name()))) {
        ++lines_left_out_;
        bytes_left_out_ += line.size();
        return;
    }
    observer_.output(execution_, channel.name, line);
}

void RunOutput::tell_left_out() {
    if (lines_left_out_ == 0) return;
    observer_.output_left_out(execution_, std::exchange(lines_left_out_, 0),
                              std::exchange(bytes_left_out_, 0));
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

}  // namespace quantum::run
