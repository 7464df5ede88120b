#include "run/http/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace quantum::run {
namespace {

bool local(const char* text) { return is_local_address(boost::asio::ip::make_address(text)); }

TEST(LocalAddress, IsThisMachineOrItsLinkInEveryForm) {
    for (const char* text :
         {"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1",
          "::1", "::", "fe80::1", "febf::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
          "::ffff:0.0.0.0", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
          "2002:7f00:1::1", "2002:a9fe:a9fe::", "fd00:ec2::254"}) {
        EXPECT_TRUE(local(text)) << text;
    }
}

TEST(LocalAddress, IsNoOther) {
    for (const char* text :
         {"10.0.0.1", "192.168.1.1", "172.16.0.1", "93.184.216.34", "128.0.0.1", "126.255.255.255",
          "169.253.255.255", "169.255.0.0", "1.0.0.0", "fec0::1", "fd00::1", "2001:db8::1",
          "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1", "fd00:ec2::253"}) {
        EXPECT_FALSE(local(text)) << text;
    }
}

}  // namespace
}  // namespace quantum::run
