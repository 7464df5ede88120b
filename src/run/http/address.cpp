#include "run/http/address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include "run/http/mutant.hpp"

namespace quantum::run {
namespace {

namespace ip = boost::asio::ip;

bool is_local(ip::address_v4 address) {
    const auto bytes = address.to_bytes();
    // 0.0.0.0/8 is "this network": connecting there reaches this machine.
    return bytes[0] == 127 || (bytes[0] == 0 && !mutated(HttpMutant::zero_is_far)) ||
           (bytes[0] == 169 && bytes[1] == 254);
}

/// An IPv4 address within an IPv6 one: what the address begins with, and where it then stands.
struct Carrier {
    std::array<unsigned char, 12> prefix;
    std::size_t prefix_size;
    std::size_t place;
};

constexpr std::array carriers{
    Carrier{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 12, 12},     // ::ffff:a.b.c.d
    Carrier{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 12},           // ::a.b.c.d, also :: and ::1
    Carrier{{0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 12},  // NAT64
    Carrier{{0x20, 0x02}, 2, 2},                                     // 6to4
};

bool is_local(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    // fd00:ec2::254 is a cloud's metadata service, link-local in all but name.
    constexpr std::array<unsigned char, 16> metadata{0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0,
                                                     0,    0, 0,    0,    0, 0, 2, 0x54};
    if (address.is_loopback() || address.is_link_local() ||
        (bytes == metadata && !mutated(HttpMutant::metadata_is_far)))
        return true;
    return std::any_of(carriers.begin(), carriers.end(), [&bytes](const Carrier& carrier) {
        ip::address_v4::bytes_type inner{};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(carrier.place), inner.size(),
                    inner.begin());
        return std::equal(carrier.prefix.begin(),
                          carrier.prefix.begin() + static_cast<std::ptrdiff_t>(carrier.prefix_size),
                          bytes.begin()) &&
               is_local(ip::address_v4(inner));
    });
}

}  // namespace

bool is_local_address(const ip::address& address) {
    return address.is_v4() ? is_local(address.to_v4()) : is_local(address.to_v6());
}

}  // namespace quantum::run
