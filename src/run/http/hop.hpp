#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "quantum/execution.hpp"
#include "quantum/http_request.hpp"
#include "quantum/result.hpp"

#include "run/http/exchange.hpp"

namespace quantum::run {

/// The status code and the server's words for it.
[[nodiscard]] std::string status_text(const HttpHead& head);
[[nodiscard]] bool is_redirect(unsigned status);

/// Where a request goes now, and how redirects have changed it: they may turn it into a GET without
/// a body, and once they have left its origin, it no longer says who sends it.
class HttpHop {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    HttpHop() = default;
    /// The first one. Error: the URL is not one.
    [[nodiscard]] static Result<HttpHop> to(const HttpRequest& request);

    [[nodiscard]] const model::HttpUrl& url() const { return url_; }
    [[nodiscard]] std::uint32_t redirects() const { return redirects_; }

    /// Goes on to where the redirect `head` leads. Returns why not; empty: it does.
    [[nodiscard]] std::string follow(const HttpRequest& request, const HttpHead& head,
                                     const std::string& location);

    /// What is sent to one of `addresses`.
    [[nodiscard]] HttpMessage message(const Execution& execution, const HttpRequest& request,
                                      const Headers& secrets,
                                      std::vector<boost::asio::ip::address> addresses,
                                      std::shared_ptr<TlsTrust> trust) const;

private:
    model::HttpUrl url_;
    std::string method_;
    std::uint32_t redirects_ = 0;
    bool with_body_ = true;
    bool foreign_ = false;  ///< a redirect has left the origin of the request
};

}  // namespace quantum::run
