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

#include "model/url.hpp"

namespace quantum {

using HttpStrand = boost::asio::strand<boost::asio::io_context::executor_type>;

/// One message to one server: everything that is sent, and where.
struct HttpMessage {
    HttpUrl url;
    std::vector<boost::asio::ip::address> addresses;  ///< of the server, tried in this order
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;  ///< but for those that frame it
    std::string body;
    std::string ca_file;       ///< its name, for messages; empty: the machine's own certificates
    std::string certificates;  ///< what it holds
};

/// What an answer begins with.
struct HttpHead {
    unsigned status = 0;
    std::string reason;    ///< "Not Found"; may be empty
    std::string location;  ///< where a redirect leads; empty: nowhere
};

/// What becomes of a message, told on the strand. In this order: phases, the head, pieces of the
/// body, the end.
class HttpListener {
public:
    virtual ~HttpListener() = default;

    /// What is waited for from now on: "connecting to 192.0.2.1:443".
    virtual void phase(std::string what) = 0;
    /// False: the body is of no interest, and the exchange has ended.
    [[nodiscard]] virtual bool head(HttpHead head) = 0;
    virtual void body(std::string_view bytes) = 0;
    /// The last call; `error` is empty when the whole answer came.
    virtual void ended(std::string error) = 0;
};

/// Sends a message on a connection of its own and reads the answer. The only file that knows Beast
/// and OpenSSL is behind this.
///
/// Threads: every method on the strand. The listener and the clock outlive it, or `cancel` is
/// called.
class HttpExchange {
public:
    [[nodiscard]] static std::shared_ptr<HttpExchange> start(const HttpStrand& strand, Clock& clock,
                                                             HttpMessage message,
                                                             HttpListener& listener);
    virtual ~HttpExchange() = default;

    /// Drops the connection; the listener hears no more.
    virtual void cancel() = 0;

protected:
    HttpExchange() = default;
    HttpExchange(const HttpExchange&) = default;
    HttpExchange& operator=(const HttpExchange&) = default;
};

}  // namespace quantum
