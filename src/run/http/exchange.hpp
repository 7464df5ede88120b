#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "model/url.hpp"

namespace quantum::run {

using HttpStrand = boost::asio::strand<boost::asio::io_context::executor_type>;

/// Trusted certificates, as OpenSSL holds them; see exchange.cpp.
struct TlsTrust;

/// Those in `certificates`, the contents of `ca_file`, which errors name; or, if that is empty,
/// those of the machine, which are read here. Not for the event loop. Thread-safety: any thread.
[[nodiscard]] Result<std::shared_ptr<TlsTrust>> make_tls_trust(const std::string& ca_file,
                                                               std::string_view certificates);

/// A message to a server: everything that is sent, and where.
struct HttpMessage {
    model::HttpUrl url;
    std::vector<boost::asio::ip::address> addresses;  ///< of the server, tried in this order
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;  ///< except those that frame it
    std::string body;
    std::shared_ptr<TlsTrust> trust{};  ///< for TLS
};

/// The beginning of a response.
struct HttpHead {
    unsigned status = 0;
    std::string reason;    ///< "Not Found"; may be empty
    std::string location;  ///< the target of a redirect; empty: none
};

/// Receives the progress of a message, on the strand, in this order: phases, the head, pieces of
/// the body, the end.
class HttpListener {
public:
    virtual ~HttpListener() = default;

    /// What is being waited for from now on: "connecting to 192.0.2.1:443".
    virtual void phase(std::string what) = 0;
    /// Returns false if the body is not needed, which ends the exchange.
    [[nodiscard]] virtual bool head(HttpHead head) = 0;
    virtual void body(std::string_view bytes) = 0;
    /// The last call; `error` is empty if the complete response was received.
    virtual void ended(std::string error) = 0;
};

/// Sends a message on its own connection and reads the response. Hides the only file that uses
/// Beast and OpenSSL.
///
/// Threads: every method must be called on the strand. The listener and the clock must outlive it,
/// unless `cancel` is called.
class HttpExchange {
public:
    [[nodiscard]] static std::shared_ptr<HttpExchange> start(const HttpStrand& strand, Clock& clock,
                                                             HttpMessage message,
                                                             HttpListener& listener);
    virtual ~HttpExchange() = default;

    /// Closes the connection; the listener is not called again.
    virtual void cancel() = 0;

protected:
    HttpExchange() = default;
    HttpExchange(const HttpExchange&) = default;
    HttpExchange& operator=(const HttpExchange&) = default;
};

}  // namespace quantum::run
