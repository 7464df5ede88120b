#pragma once

#include <mutex>

// Checked by Clang (preset `locks`); ignored by other compilers.
#if defined(__clang__)
#define QUANTUM_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define QUANTUM_THREAD_ATTRIBUTE(x)
#endif

#define QUANTUM_CAPABILITY(name) QUANTUM_THREAD_ATTRIBUTE(capability(name))
#define QUANTUM_SCOPED_CAPABILITY QUANTUM_THREAD_ATTRIBUTE(scoped_lockable)
#define QUANTUM_GUARDED_BY(mutex) QUANTUM_THREAD_ATTRIBUTE(guarded_by(mutex))
#define QUANTUM_PT_GUARDED_BY(mutex) QUANTUM_THREAD_ATTRIBUTE(pt_guarded_by(mutex))
#define QUANTUM_REQUIRES(...) QUANTUM_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define QUANTUM_ACQUIRE(...) QUANTUM_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define QUANTUM_TRY_ACQUIRE(...) QUANTUM_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define QUANTUM_RELEASE(...) QUANTUM_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define QUANTUM_EXCLUDES(...) QUANTUM_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define QUANTUM_NO_THREAD_SAFETY_ANALYSIS QUANTUM_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace quantum {

/// A std::mutex for Clang's thread-safety analysis. Also a BasicLockable, so that
/// std::condition_variable_any can wait on it.
class QUANTUM_CAPABILITY("mutex") Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() QUANTUM_ACQUIRE() { mutex_.lock(); }
    void unlock() QUANTUM_RELEASE() { mutex_.unlock(); }
    bool try_lock() QUANTUM_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

private:
    std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class QUANTUM_SCOPED_CAPABILITY MutexLock {
public:
    explicit MutexLock(Mutex& mutex) QUANTUM_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() QUANTUM_RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace quantum
