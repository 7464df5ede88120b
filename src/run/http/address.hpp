#pragma once

#include <boost/asio/ip/address.hpp>

namespace quantum {

/// True for what only this machine or its own link answers under: loopback, link-local (where
/// cloud machines find their credentials), the unspecified address; also where an IPv6 address
/// carries such an IPv4 one.
[[nodiscard]] bool is_local_address(const boost::asio::ip::address& address);

}  // namespace quantum
