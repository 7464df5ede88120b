#include "run/http/http_server.hpp"

#include <charconv>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace quantum::run {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// Whether `text` holds a head and all of the body that it announces, or the greeting of somebody
/// who takes this for a TLS server.
bool is_whole(const std::string& text) {
    if (text.starts_with('\x16')) return true;
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string key = "Content-Length: ";
    const std::size_t at = text.find(key);
    std::size_t length = 0;
    if (at < end) std::from_chars(text.data() + at + key.size(), text.data() + end, length);
    return text.size() >= end + 4 + length;
}

}  // namespace

HttpReply reply(const std::string& status, const std::string& body, const std::string& headers) {
    return {.bytes = "HTTP/1.1 " + status + "\r\n" + headers +
                     "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
    Impl(base::EventLoop& loop, Handler the_handler, const std::optional<Certificate>& certificate)
        : handler(std::move(the_handler)),
          acceptor(loop.context(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          context(ssl::context::tls_server),
          tls(certificate.has_value()) {
        if (!tls) return;
        context.use_certificate_chain(asio::buffer(certificate->certificate));
        context.use_private_key(asio::buffer(certificate->key), ssl::context::pem);
    }

    Handler handler;
    tcp::acceptor acceptor;
    ssl::context context;
    bool tls;
    bool closed = false;
    std::vector<std::string> requests;
    std::size_t connections = 0;

    /// One connection; keeps itself while something is awaited.
    struct Session : std::enable_shared_from_this<Session> {
        Session(std::shared_ptr<Impl> the_server, tcp::socket socket)
            : server(std::move(the_server)), stream(std::move(socket), server->context) {}

        std::shared_ptr<Impl> server;
        ssl::stream<tcp::socket> stream;
        std::string received;
        std::string room = std::string(std::size_t{16} * 1024, '\0');
        HttpReply answer;

        template <class Action>
        void on_stream(Action action) {
            if (server->tls) {
                action(stream);
            } else {
                action(stream.next_layer());
            }
        }
        void begin() {
            if (!server->tls) return read();
            stream.async_handshake(ssl::stream_base::server,
                                   [self = shared_from_this()](error_code failed) {
                                       if (!failed) self->read();
                                   });
        }
        void read() {
            on_stream([self = shared_from_this()](auto& layer) {
                layer.async_read_some(asio::buffer(self->room),
                                      [self](error_code failed, std::size_t count) {
                                          if (!failed) self->take(count);
                                      });
            });
        }
        void take(std::size_t count) {
            received.append(room, 0, count);
            if (!is_whole(received)) return read();
            server->requests.push_back(received);
            answer = server->handler(received);
            write(answer.bytes);
        }
        void write(const std::string& bytes) {
            on_stream([self = shared_from_this(), &bytes](auto& layer) {
                asio::async_write(layer, asio::buffer(bytes),
                                  [self](error_code failed, std::size_t) {
                                      if (!failed && !self->server->closed) self->go_on();
                                  });
            });
        }
        void go_on() {
            if (answer.then == HttpReply::Then::repeat) return write(answer.repeated);
            // One more read: it ends when the other side goes.
            if (answer.then == HttpReply::Then::hold) return hold();
            if (server->tls) {
                stream.async_shutdown([self = shared_from_this()](error_code) {});
            } else {
                error_code ignored;
                stream.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
                hold();  // to close at once may reset what is still under way
            }
        }
        void hold() {
            on_stream([self = shared_from_this()](auto& layer) {
                layer.async_read_some(asio::buffer(self->room),
                                      [self](error_code failed, std::size_t) {
                                          if (!failed) self->hold();
                                      });
            });
        }
    };

    void accept() {
        acceptor.async_accept([self = shared_from_this()](error_code failed, tcp::socket socket) {
            if (failed || self->closed) return;
            ++self->connections;
            std::make_shared<Session>(self, std::move(socket))->begin();
            self->accept();
        });
    }
};

HttpServer::HttpServer(base::EventLoop& loop, Handler handler,
                       const std::optional<Certificate>& certificate)
    : impl_(std::make_shared<Impl>(loop, std::move(handler), certificate)) {
    impl_->accept();
}

HttpServer::~HttpServer() {
    impl_->closed = true;
    error_code ignored;
    impl_->acceptor.close(ignored);
}

std::uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string HttpServer::url(const std::string& path, const std::string& host) const {
    return (impl_->tls ? "https://" : "http://") + host + ":" + std::to_string(port()) + path;
}

const std::vector<std::string>& HttpServer::requests() const { return impl_->requests; }

std::size_t HttpServer::connections() const { return impl_->connections; }

}  // namespace quantum::run
