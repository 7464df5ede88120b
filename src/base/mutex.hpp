#pragma once

#include "quantum/detail/mutex.hpp"

namespace quantum::base {

using detail::Mutex;
using detail::MutexLock;
using detail::ReadLock;
using detail::RecursiveMutex;
using detail::ScopedLock;
using detail::SharedMutex;

}  // namespace quantum::base
