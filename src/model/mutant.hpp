#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::model {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ModelMutant : std::uint8_t {
    none,
    framing_may_be_set,          ///< a header that frames the message may be set
    tab_is_a_control,            ///< a tab in a header is refused
    delete_is_no_control,        ///< the byte 127 in a header is let through
    port_of_http_shown,          ///< a standard port stands in the Host header
    dots_climb,                  ///< `..` above the root of a redirect fails
    port_zero,                   ///< port 0 is a port
    length_not_asked,            ///< commands and environments may be of any size
    asked_instant_forgotten,     ///< a job that ran late because its instant was over is a change
    text_is_all_of_a_schedule,   ///< only the text of a schedule tells it from another
    anchor_is_a_difference,      ///< the anchor that an interval was given is a change
    policies_are_no_difference,  ///< another policy of a job is no change
    strategy_is_no_difference,   ///< another run strategy is no change
    wrapper_drops_output,        ///< an observer between runner and scheduler loses output
};

}  // namespace quantum::model
