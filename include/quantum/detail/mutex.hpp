#pragma once

#include <mutex>
#include <shared_mutex>

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
#define QUANTUM_ACQUIRE_SHARED(...) QUANTUM_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define QUANTUM_RELEASE_SHARED(...) QUANTUM_THREAD_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
#define QUANTUM_TRY_ACQUIRE(...) QUANTUM_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define QUANTUM_RELEASE(...) QUANTUM_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define QUANTUM_EXCLUDES(...) QUANTUM_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define QUANTUM_NO_THREAD_SAFETY_ANALYSIS QUANTUM_THREAD_ATTRIBUTE(no_thread_safety_analysis)

/// Locks for Clang's thread-safety analysis: those of the standard library, with its annotations.
namespace quantum::detail {

/// Also a BasicLockable, so that std::condition_variable_any can wait on it.
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

/// A thread that holds it may lock it again.
class QUANTUM_CAPABILITY("mutex") RecursiveMutex {
public:
    void lock() QUANTUM_ACQUIRE() { mutex_.lock(); }
    void unlock() QUANTUM_RELEASE() { mutex_.unlock(); }

private:
    std::recursive_mutex mutex_;
};

/// Held by any number of readers or by one writer.
class QUANTUM_CAPABILITY("mutex") SharedMutex {
public:
    void lock() QUANTUM_ACQUIRE() { mutex_.lock(); }
    void unlock() QUANTUM_RELEASE() { mutex_.unlock(); }
    void lock_shared() QUANTUM_ACQUIRE_SHARED() { mutex_.lock_shared(); }
    void unlock_shared() QUANTUM_RELEASE_SHARED() { mutex_.unlock_shared(); }

private:
    std::shared_mutex mutex_;
};

/// Holds a lock for a scope.
template <class Lockable>
class QUANTUM_SCOPED_CAPABILITY ScopedLock {
public:
    explicit ScopedLock(Lockable& mutex) QUANTUM_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~ScopedLock() QUANTUM_RELEASE() { mutex_.unlock(); }
    ScopedLock(const ScopedLock&) = delete;
    ScopedLock& operator=(const ScopedLock&) = delete;

private:
    Lockable& mutex_;
};

using MutexLock = ScopedLock<Mutex>;

/// Holds a SharedMutex for a scope, as a reader.
class QUANTUM_SCOPED_CAPABILITY ReadLock {
public:
    explicit ReadLock(SharedMutex& mutex) QUANTUM_ACQUIRE_SHARED(mutex) : mutex_(mutex) {
        mutex_.lock_shared();
    }
    ~ReadLock() QUANTUM_RELEASE() { mutex_.unlock_shared(); }
    ReadLock(const ReadLock&) = delete;
    ReadLock& operator=(const ReadLock&) = delete;

private:
    SharedMutex& mutex_;
};

}  // namespace quantum::detail
