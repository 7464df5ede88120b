#include "quantum/clock.hpp"
