#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::model {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ModelMutant : std::uint8_t {
    none,
    framing_may_be_set,    ///< a header that frames the message may be set
    tab_is_a_control,      ///< a tab in a header is refused
    delete_is_no_control,  ///< the byte 127 in a header is let through
    port_of_http_shown,    ///< a standard port stands in the Host header
    dots_climb,            ///< `..` above the root of a redirect fails
    port_zero,             ///< port 0 is a port
    length_not_asked,      ///< commands and environments may be of any size
};

}  // namespace quantum::model
