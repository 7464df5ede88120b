#include "quantum/execution_context.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <ostream>
#include <streambuf>
#include <string>
#include <utility>

#include "quantum/execution.hpp"
#include "quantum/runner/task_output.hpp"

namespace quantum {

struct ExecutionContext::Streams {
    explicit Streams(TaskOutput& output)
        : out_buffer(output, OutputChannel::standard_output),
          error_buffer(output, OutputChannel::standard_error) {}

    /// Passes on at once whatever is put into it.
    class Buffer final : public std::streambuf {
    public:
        Buffer(TaskOutput& output, OutputChannel channel) : output_(output), channel_(channel) {}

    protected:
        int_type overflow(int_type value) override {
            if (traits_type::eq_int_type(value, traits_type::eof())) {
                return traits_type::not_eof(value);
            }
            const char byte = traits_type::to_char_type(value);
            output_.write(channel_, {&byte, 1});
            return value;
        }
        std::streamsize xsputn(const char* bytes, std::streamsize count) override {
            output_.write(channel_, {bytes, static_cast<std::size_t>(count)});
            return count;
        }

    private:
        TaskOutput& output_;
        const OutputChannel channel_;
    };

    Buffer out_buffer;
    Buffer error_buffer;
    std::ostream out{&out_buffer};
    std::ostream error{&error_buffer};
};

ExecutionContext::ExecutionContext(const Execution& execution, TaskOutput& output, Clock& clock,
                                   std::stop_token stop, Resume resume)
    : execution_(execution),
      output_(output),
      clock_(clock),
      stop_(std::move(stop)),
      resume_(std::move(resume)) {}

ExecutionContext::~ExecutionContext() { delete streams_; }

WallTime ExecutionContext::due() const { return execution_.due; }
std::uint32_t ExecutionContext::attempt() const { return execution_.attempt; }

void ExecutionContext::log(std::string_view line) { log(line, OutputChannel::standard_output); }

void ExecutionContext::log(std::string_view line, OutputChannel channel) {
    // At once, so that nobody else's comes in between.
    output_.write(channel, std::string(line) += '\n');
}

std::ostream& ExecutionContext::out() { return out(OutputChannel::standard_output); }

std::ostream& ExecutionContext::out(OutputChannel channel) {
    if (streams_ == nullptr) streams_ = new Streams(output_);
    return channel == OutputChannel::standard_output ? streams_->out : streams_->error;
}

/// The timer and the request to stop both want to continue the coroutine; one of them does.
struct ExecutionContext::Sleep::Waiting {
    explicit Waiting(Resume the_resume) : resume(std::move(the_resume)) {}

    void wake() {
        if (!woken.exchange(true)) resume(coroutine);
    }

    const Resume resume;
    std::coroutine_handle<> coroutine;
    std::atomic<bool> woken{false};
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

void ExecutionContext::Sleep::await_suspend(std::coroutine_handle<> coroutine) {
    auto waiting = std::make_shared<Waiting>(context_.resume_);
    waiting->coroutine = coroutine;
    waiting_ = waiting;
    // Whoever wakes it first may end the run while this goes on: nothing of the run is touched
    // after the timer is set.
    Clock& clock = context_.clock_;
    const Duration duration = duration_;
    const std::weak_ptr<Waiting> weak = waiting;
    waiting->on_stop.emplace(context_.stop_, [weak] {
        if (const auto self = weak.lock()) self->wake();
    });
    static_cast<void>(clock.wake_after(duration, [waiting] { waiting->wake(); }));
}

}  // namespace quantum
