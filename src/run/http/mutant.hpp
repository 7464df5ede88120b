#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::run {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class HttpMutant : std::uint8_t {
    none,
    foreign_gets_secrets,       ///< a redirect to another origin takes the secret headers along
    foreign_gets_headers,       ///< a redirect to another origin takes all headers along
    foreign_forgotten,          ///< a redirect back from another origin is trusted again
    https_to_http,              ///< a redirect from https to http is followed
    body_handed_on,             ///< the body goes to another origin
    one_redirect_more,          ///< one redirect more than allowed
    redirect_keeps_method,      ///< 303 keeps the method
    redirect_to_itself,         ///< a redirect may lead to this machine
    one_local_address_is_left,  ///< of several addresses one of this machine is kept
    status_end_not_expected,    ///< the last of a range of expected states is not expected
    body_limit_per_part,        ///< the limit of an answer counts each part anew
    reason_shows_secret,        ///< the reason shows a secret that the server said
    timeout_per_hop,            ///< each redirect begins the timeout anew
    stop_is_a_failure,          ///< a request that was told to end has failed
    files_read_on_the_loop,     ///< secrets and certificates are read on the loop
    certificate_of_any_host,    ///< the certificate of any host will do
    certificate_not_verified,   ///< any certificate will do
    common_name_is_enough,      ///< a certificate needs no subject alternative name
    certificates_of_anybody,    ///< root trusts certificates that others put there
    first_address_only,         ///< only the first address of a name is tried
    interim_is_the_answer,      ///< an interim answer is taken for the answer
    truncated_is_whole,         ///< an answer that was cut short is whole
    zero_is_far,                ///< 0.0.0.0 is not this machine
    metadata_is_far,            ///< the metadata service of a cloud is not local
    localhost_is_asked_for,     ///< localhost is looked up
    runs_after_end,             ///< a runner that ends starts what still comes
    short_status_line_refused,  ///< a status line that ends after its number is no answer
};

}  // namespace quantum::run
