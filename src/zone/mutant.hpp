#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::zone {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ZoneMutant : std::uint8_t {
    none,
    names_climb,                ///< a zone may be any file above the zone data
    localtime_is_a_zone,        ///< `localtime` is taken for a name
    missing_time_before_gap,    ///< a local time that does not exist is an instant before the gap
    unknown_zone_is_utc,        ///< a zone that is not there is UTC
    one_offset_is_utc,          ///< a zone that never changes its offset is UTC
    repeat_not_seen,            ///< a window does not know which local times come again
    directory_not_asked,        ///< TZDIR is passed over
    second_source_passed_over,  ///< only tzdata.zi is asked
    any_text_is_a_version,      ///< a line of any length and kind is a version
};

}  // namespace quantum::zone
