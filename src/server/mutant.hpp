#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::server {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ServerMutant : std::uint8_t {
    none,
    role_not_asked,            ///< whoever may read may change
    strangers_may_read,        ///< who is in no list may read
    host_not_asked,            ///< any Host is answered, so that foreign pages get in
    browser_trusted,           ///< a browser on the socket has the rights of its user
    unknown_field_passes,      ///< an unknown member of a body is ignored
    unknown_query_passes,      ///< an unknown parameter of a query is ignored
    precondition_optional,     ///< PUT and DELETE do what they are told without If-Match
    file_job_edited,           ///< the API replaces a job that a file defines
    key_forgotten,             ///< a repeated request is done again
    key_of_anybody,            ///< a key of another actor gives that actor's answer
    body_of_key_not_compared,  ///< a key with another body gives the first answer
    expect_ignored,            ///< a bulk change does not compare the number
    call_waits_for_ever,       ///< a call that is not answered is no 504
    hung_is_running,           ///< a control thread that does not answer counts as one that does
    slash_ends_segment,        ///< %2F is a slash before the path is split
    page_overlaps,             ///< a page begins with the last row of the one before
    overflow_not_told,         ///< events that were dropped are not told of
    rate_not_limited,          ///< any number of requests a second is answered
    connections_not_limited,   ///< any number of connections is taken
    health_has_no_places,      ///< where all places are taken nobody learns that the daemon lives
    body_without_end,          ///< a body of any length is read
    strangers_send_bodies,     ///< the body of a peer without a role is read
    silence_is_waited_for,     ///< whoever sends half a head is waited for
    values_shown_to_readers,   ///< readers see the values of environment variables
    token_kept_in_clear,       ///< tokens are stored as they are
    expired_token_holds,       ///< a token is good after its end
    address_without_token,     ///< TCP is answered without a token
    audit_without_actor,       ///< a change is noted without who made it
};

}  // namespace quantum::server
