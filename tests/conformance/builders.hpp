#pragma once

#include "quantum/conformance/builders.hpp"

namespace quantum::test {

using namespace conformance;

}  // namespace quantum::test
