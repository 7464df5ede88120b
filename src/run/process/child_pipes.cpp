#include "run/process/child_pipes.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace quantum::run {

bool ChildPipes::open(ChildPoll::Key key, base::FileDescriptor output, base::FileDescriptor error) {
    channels_[0].pipe = std::move(output);
    channels_[1].pipe = std::move(error);
    return poll_.watch(key, PollSource::standard_output, channels_[0].pipe.get()) &&
           poll_.watch(key, PollSource::standard_error, channels_[1].pipe.get());
}

void ChildPipes::read(PollSource source, bool at_end, std::span<char> buffer) {
    Channel& channel = channels_[static_cast<std::size_t>(source)];
    if (!channel.pipe) return;
    const ssize_t got = ::read(channel.pipe.get(), buffer.data(), buffer.size());
    if (got > 0) {
        const auto bytes = static_cast<std::size_t>(got);
        reader_.pipe_has(channel.name, {buffer.data(), bytes});
        // What is short of a full buffer was all there is.
        if (at_end && bytes < buffer.size()) end(channel);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        end(channel);
    }
}

void ChildPipes::read_what_is_there(std::span<char> buffer) {
    for (Channel& channel : channels_) {
        if (channel.pipe) read_what_is_there(channel, buffer);
    }
}

void ChildPipes::read_what_is_there(Channel& channel, std::span<char> buffer) {
    // Not until it runs dry: another process may be filling it without end.
    int left = 0;
    if (ioctl(channel.pipe.get(), FIONREAD, &left) < 0) return;
    while (left > 0) {
        const auto want = std::min(buffer.size(), static_cast<std::size_t>(left));
        const ssize_t got = ::read(channel.pipe.get(), buffer.data(), want);
        if (got <= 0) return;
        left -= static_cast<int>(got);
        reader_.pipe_has(channel.name, {buffer.data(), static_cast<std::size_t>(got)});
    }
    // At the end of a pipe nothing is left to be read, and reading says so.
    const ssize_t got = ::read(channel.pipe.get(), buffer.data(), buffer.size());
    if (got > 0) reader_.pipe_has(channel.name, {buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0) end(channel);
}

void ChildPipes::end(Channel& channel) {
    close(channel);
    reader_.pipe_ended(channel.name);
}

void ChildPipes::close() {
    for (Channel& channel : channels_) close(channel);
}

void ChildPipes::close(Channel& channel) {
    if (!channel.pipe) return;
    poll_.forget(channel.pipe.get());
    channel.pipe.reset();
}

}  // namespace quantum::run
