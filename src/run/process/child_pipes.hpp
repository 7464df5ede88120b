#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

#include "base/file_descriptor.hpp"
#include "run/process/child_poll.hpp"

namespace quantum::run {

/// The pipes on which a child, and whoever has them from it, writes output and errors.
///
/// Owned by: ChildRun. Made on a spawner's thread, used on the strand after that.
class ChildPipes {
public:
    /// Who is told what comes out of them.
    class Reader {
    public:
        virtual void pipe_has(OutputChannel channel, std::string_view bytes) = 0;
        /// Nobody writes on it any more; it is closed.
        virtual void pipe_ended(OutputChannel channel) = 0;

    protected:
        Reader() = default;
        Reader(const Reader&) = default;
        Reader& operator=(const Reader&) = default;
        ~Reader() = default;
    };

    ChildPipes(ChildPoll& poll, Reader& reader) : poll_(poll), reader_(reader) {}

    /// False: errno says why they cannot be watched.
    [[nodiscard]] bool open(ChildPoll::Key key, base::FileDescriptor output,
                            base::FileDescriptor error);

    /// One of them is ready; reads a buffer full.
    void read(PollSource source, bool at_end, std::span<char> buffer);
    /// What is in them at this moment.
    void read_what_is_there(std::span<char> buffer);

    [[nodiscard]] bool are_open() const { return channels_[0].pipe || channels_[1].pipe; }
    void close();

private:
    struct Channel {
        OutputChannel name;
        base::FileDescriptor pipe;
    };

    void read_what_is_there(Channel& channel, std::span<char> buffer);
    void end(Channel& channel);
    void close(Channel& channel);

    ChildPoll& poll_;
    Reader& reader_;
    std::array<Channel, 2> channels_{{{OutputChannel::standard_output, base::FileDescriptor()},
                                      {OutputChannel::standard_error, base::FileDescriptor()}}};
};

}  // namespace quantum::run
