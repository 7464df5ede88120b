#pragma once

// Code that runs in the child works on the parent's memory while the parent is suspended: the
// sanitizers must not take it for the parent's, and it makes raw system calls only.
#define QUANTUM_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
