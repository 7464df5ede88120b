#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/output_file.hpp"
#include "quantum/runner/runner.hpp"

#include "base/line_splitter.hpp"
#include "run/output/log_share.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/output_log.hpp"
#include "run/output/output_options.hpp"
#include "run/output/secret_mask.hpp"

namespace quantum::run {

/// The output of one run: secrets are masked first, then it is captured, and passed on line by
/// line. Not thread-safe. The execution and the observer must outlive it.
class RunOutput {
public:
    /// `masked`: values that must not be shown, in addition to those of the options. `file`: a file
    /// to which everything is appended. `now`: when the run began.
    RunOutput(const Execution& execution, RunObserver& observer, const OutputOptions& options,
              const std::vector<std::string>& masked, const std::optional<OutputFile>& file,
              BootTime now);

    void write(OutputChannel channel, std::string_view bytes, BootTime now);
    /// Adds a line of our own to its standard error, in its output and in the log.
    void note(std::string_view text);
    /// There will be no more output on this channel.
    void end(OutputChannel channel);
    /// Ends both channels, reports what was omitted, and returns the captured output: null if there
    /// is none.
    [[nodiscard]] std::shared_ptr<const CapturedOutput> finish();

private:
    struct Channel {
        OutputChannel name;
        base::LineSplitter lines{};
        SecretMask mask{};
    };

    [[nodiscard]] Channel& channel_of(OutputChannel name);
    void keep(Channel& channel, std::string_view bytes);
    void tell_line(const Channel& channel, std::string_view line);
    void tell_left_out();

    const Execution& execution_;
    RunObserver& observer_;
    std::array<Channel, 2> channels_{
        {{OutputChannel::standard_output}, {OutputChannel::standard_error}}};
    std::optional<OutputCapture> capture_;
    std::shared_ptr<LogShare> share_;
    std::uint64_t lines_left_out_ = 0;
    std::uint64_t bytes_left_out_ = 0;
    std::shared_ptr<OutputLog> log_;
};

}  // namespace quantum::run
