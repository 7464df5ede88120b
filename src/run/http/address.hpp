#pragma once

#include <boost/asio/ip/address.hpp>

namespace quantum::run {

/// True for addresses that are valid only on this machine or its own link: loopback, link-local
/// (where cloud machines find their credentials), the unspecified address; also for an IPv6 address
/// that contains such an IPv4 address.
[[nodiscard]] bool is_local_address(const boost::asio::ip::address& address);

}  // namespace quantum::run
