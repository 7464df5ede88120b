#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/output_file.hpp"
#include "quantum/runner/runner.hpp"

#include "run/output/line_rate_limiter.hpp"
#include "run/output/line_splitter.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/output_log.hpp"
#include "run/output/secret_mask.hpp"

namespace quantum {

/// What becomes of what runs write.
struct OutputOptions {
    bool keep = false;                    ///< both ends of it are handed on with the run's end
    std::string spool_directory{};        ///< where it is kept meanwhile; empty: in memory
    std::optional<LineRate> line_rate{};  ///< how fast lines are handed on
};

/// What one run writes, on its way: secrets are masked first, then it is kept, and handed on line
/// by line. Not thread-safe. The execution and the observer outlive it.
class RunOutput {
public:
    /// `masked`: what must not be shown of it.
    /// `file`: what all of it is appended to.
    /// `now`: when the run began.
    RunOutput(const Execution& execution, RunObserver& observer, const OutputOptions& options,
              const std::vector<std::string>& masked, const std::optional<OutputFile>& file,
              BootTime now);

    void write(OutputChannel channel, std::string_view bytes, BootTime now);
    /// A line of our own on its standard error, in its output and in the log.
    void note(std::string_view text);
    /// Nothing more comes of it.
    void end(OutputChannel channel);
    /// Ends both, tells what was left out, and gives what was kept: null where that is nothing.
    [[nodiscard]] std::shared_ptr<const CapturedOutput> finish();

private:
    struct Channel {
        OutputChannel name;
        LineSplitter lines{};
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
    std::optional<LineRateLimiter> gate_;
    std::shared_ptr<OutputLog> log_;
};

}  // namespace quantum
