// `quantum next --batch`: JSON lines in, JSON lines out, one answer a request and in their order.
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "cli/answer.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t max_request = std::size_t{1024} * 1024;
constexpr std::size_t write_at = std::size_t{256} * 1024;

/// Cuts a stream into lines; a line that is too long is reported and skipped, not kept.
class Batch {
public:
    explicit Batch(const Clock& clock) : clock_(clock) {}

    /// Takes in what was read, and answers every line that is whole.
    void feed(std::string_view bytes, Output& out) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::string_view part = bytes.substr(0, end);
            if (end == std::string_view::npos) {
                keep(part);
                return;
            }
            if (line_.empty() && !too_long_) {
                answer(part, out);
            } else {
                keep(part);
                finish(out);
            }
            bytes.remove_prefix(end + 1);
        }
    }

    /// Answers a last line without a newline.
    void finish(Output& out) {
        if (too_long_) {
            refuse_long_request(max_request, out.text());
        } else {
            answer(line_, out);
        }
        line_.clear();
        too_long_ = false;
    }

private:
    void keep(std::string_view part) {
        too_long_ = too_long_ || line_.size() + part.size() > max_request;
        if (too_long_) {
            line_.clear();
        } else {
            line_ += part;
        }
    }

    void answer(std::string_view line, Output& out) {
        answer_request(line, clock_, out.text());
        if (out.text().size() >= write_at) {
            static_cast<void>(out.flush());  // a failure shows at the next one
        }
    }

    const Clock& clock_;
    std::string line_;
    bool too_long_ = false;
};

}  // namespace

int next_batch(const BatchOptions& /*options*/) {
    base::EventLoop loop;
    const auto clock = base::SystemClock::create(loop);
    if (!clock) {
        print_error(clock.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    Batch batch(**clock);
    const std::unique_ptr<char[]> buffer(new char[write_at]);
    for (;;) {
        // Whoever waits for an answer before the next question gets it: nothing is kept back
        // while this process waits for input.
        if (!out.flush()) {
            return exit_failure;
        }
        const ssize_t count = ::read(STDIN_FILENO, buffer.get(), write_at);
        if (count > 0) {
            batch.feed({buffer.get(), static_cast<std::size_t>(count)}, out);
        } else if (count == 0) {
            batch.finish(out);
            return out.flush() ? exit_ok : exit_failure;
        } else if (errno != EINTR) {
            print_error("standard input: cannot read: " + std::system_category().message(errno));
            return exit_failure;
        }
    }
}

}  // namespace quantum::cli
