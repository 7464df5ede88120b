#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/strand.hpp>

#include "quantum/clock.hpp"

#include "base/file_descriptor.hpp"
#include "base/mutex.hpp"
#include "base/process.hpp"
#include "run/process/child_poll.hpp"
#include "run/process/child_runner.hpp"
#include "run/process/identity.hpp"
#include "run/process/process_tree.hpp"
#include "run/process/spawn_threads.hpp"

namespace quantum::run {

using RunStrand = boost::asio::strand<boost::asio::io_context::executor_type>;
using RunDescriptor = boost::asio::posix::basic_stream_descriptor<RunStrand>;

/// The accounts that commands may run as, apart from the program's own. Thread-safety: may be used
/// from any thread.
class AllowedUsers {
public:
    explicit AllowedUsers(AllowedAccounts accounts) : accounts_(std::move(accounts)) {}

    void set(AllowedAccounts accounts) QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        accounts_ = std::move(accounts);
    }
    [[nodiscard]] AllowedAccounts get() const QUANTUM_EXCLUDES(mutex_) {
        const base::MutexLock lock(mutex_);
        return accounts_;
    }

private:
    mutable base::Mutex mutex_;  // a leaf
    AllowedAccounts accounts_ QUANTUM_GUARDED_BY(mutex_);
};

/// The standard input of a command without input.
inline constexpr const char* null_device = "/dev/null";

/// Shared by all children of a runner.
struct ChildContext {
    RunStrand strand;
    Clock& clock;
    ChildRunnerOptions options;
    base::FileDescriptor null_input;  ///< none if there is no /dev/null
    std::vector<char> buffer;         ///< bytes just read; passed on before the next ones are read
    SpawnThreads& spawners;
    TreeSweeper& sweeper;
    ChildPoll& poll;
    AllowedUsers& allowed;
    /// This process, as named by the children's QUANTUM_SCHEDULER.
    const std::string scheduler = base::to_text(base::own_process());
};

}  // namespace quantum::run
