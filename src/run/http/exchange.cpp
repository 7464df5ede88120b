// The only file that knows Beast and OpenSSL: it takes most of a minute to compile.
#include "run/http/exchange.hpp"

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "run/http/mutant.hpp"

namespace quantum::run {

struct TlsTrust {
    TlsTrust() : context(boost::asio::ssl::context::tls_client) {
        using ssl = boost::asio::ssl::context;
        context.set_options(ssl::no_tlsv1 | ssl::no_tlsv1_1);
        context.set_verify_mode(mutated(HttpMutant::certificate_not_verified)
                                    ? boost::asio::ssl::verify_none
                                    : boost::asio::ssl::verify_peer);
    }
    boost::asio::ssl::context context;
};

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;

using Socket = asio::basic_stream_socket<tcp, HttpStrand>;
using TlsStream = ssl::stream<Socket&>;

constexpr auto token = asio::as_tuple(asio::use_awaitable_t<HttpStrand>());

template <class Value = void>
using Awaitable = asio::awaitable<Value, HttpStrand>;

constexpr std::uint32_t most_answer_header_bytes = 64 * 1024;
// Also bounds what is read ahead: chunk extensions, trailers.
constexpr std::size_t most_buffered = std::size_t{2} * most_answer_header_bytes;
constexpr int most_interim_answers = 16;

// An address that does not answer shall not use up the time of those after it.
constexpr Duration patience_per_address = std::chrono::seconds(5);

class Exchange final : public HttpExchange, public std::enable_shared_from_this<Exchange> {
public:
    Exchange(const HttpStrand& strand, Clock& clock, HttpMessage message, HttpListener& listener)
        : strand_(strand),
          clock_(clock),
          message_(std::move(message)),
          listener_(&listener),
          socket_(strand) {}

    void begin() {
        asio::co_spawn(
            strand_, [self = shared_from_this()] { return self->run(); }, asio::detached);
    }

    void cancel() override {
        listener_ = nullptr;
        stop_waiting();
        error_code ignored;
        socket_.close(ignored);
    }

private:
    [[nodiscard]] bool cancelled() const { return listener_ == nullptr; }

    Awaitable<> run() {
        if (cancelled()) co_return;
        std::string error;
        try {
            error = co_await converse();
        } catch (const std::exception& thrown) {  // of OpenSSL's face in Asio: out of memory
            error = place_ + ": " + thrown.what();
        }
        if (cancelled()) co_return;
        HttpListener* const listener = listener_;
        cancel();
        listener->ended(std::move(error));
    }

    /// The whole conversation; gives back what went wrong. Where it was cancelled the answer means
    /// nothing.
    Awaitable<std::string> converse() {
        if (std::string error = co_await connect(); !error.empty()) co_return error;
        if (!message_.url.tls) co_return co_await exchange(socket_);

        if (!message_.trust) co_return "no certificates were read";
        TlsStream stream(socket_, message_.trust->context);
        if (!mutated(HttpMutant::certificate_of_any_host) && !expect_host(stream))
            co_return "TLS cannot be prepared for " + message_.url.host;
        listener_->phase("in the TLS handshake with " + place_);
        const auto [failed] = co_await stream.async_handshake(ssl::stream_base::client, token);
        if (cancelled()) co_return std::string();
        if (failed) co_return handshake_fault(stream, failed);
        co_return co_await exchange(stream);
    }

    Awaitable<std::string> connect() {
        std::string faults;
        for (std::size_t at = 0; at < message_.addresses.size(); ++at) {
            const tcp::endpoint endpoint(message_.addresses[at], message_.url.port);
            place_ = place(endpoint);
            listener_->phase("connecting to " + place_);
            const bool last =
                mutated(HttpMutant::first_address_only) || at + 1 == message_.addresses.size();
            if (mutated(HttpMutant::first_address_only) && at > 0) break;
            if (!last) wait_at_most(patience_per_address);
            const auto [error] = co_await socket_.async_connect(endpoint, token);
            stop_waiting();
            if (cancelled() || !error) co_return std::string();
            const bool given_up = error == asio::error::operation_aborted;
            faults += (faults.empty() ? "" : "; ") + place_ + ": " +
                      (given_up ? "no answer" : error.message());
            error_code ignored;
            socket_.close(ignored);
        }
        co_return "cannot connect to " + faults;
    }

    [[nodiscard]] std::string place(const tcp::endpoint& endpoint) const {
        const std::string address = endpoint.address().to_string();
        const std::string where = (endpoint.address().is_v6() ? "[" + address + "]" : address) +
                                  ":" + std::to_string(endpoint.port());
        return address == message_.url.host ? where : message_.url.host + " (" + where + ")";
    }

    /// Ends a connect that takes longer.
    void wait_at_most(Duration patience) {
        timer_ = clock_.wake_after(patience, [weak = weak_from_this(), strand = strand_] {
            asio::post(strand, [weak] {
                const auto self = weak.lock();
                if (!self || !self->timer_) return;
                self->timer_.reset();
                error_code ignored;
                self->socket_.cancel(ignored);
            });
        });
    }

    void stop_waiting() {
        if (timer_) clock_.cancel(*timer_);
        timer_.reset();
    }

    /// The certificate has to be this host's, and the server is told which host is meant.
    bool expect_host(TlsStream& stream) const {
        SSL* const handle = stream.native_handle();
        const char* const host = message_.url.host.c_str();
        X509_VERIFY_PARAM* const expected = SSL_get0_param(handle);
        if (X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1) return true;
        // Not by a common name, which says nothing of what kind it is.
        X509_VERIFY_PARAM_set_hostflags(expected,
                                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                            (mutated(HttpMutant::common_name_is_enough)
                                                 ? 0U
                                                 : unsigned{X509_CHECK_FLAG_NEVER_CHECK_SUBJECT}));
        return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1 &&
               SSL_set_tlsext_host_name(handle, host) == 1;  // NOLINT: a macro of OpenSSL's
    }

    [[nodiscard]] std::string handshake_fault(TlsStream& stream, const error_code& failed) const {
        const long verdict = SSL_get_verify_result(stream.native_handle());
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
            return "the certificate of " + place_ + " is not valid for '" + message_.url.host +
                   "', which is none of its subject alternative names";
        }
        if (verdict != X509_V_OK) {
            return "the certificate of " + place_ +
                   " is not trusted: " + X509_verify_cert_error_string(verdict);
        }
        std::string text = "no TLS with " + place_ + ": " + failed.message();
        if (failed.category() == asio::error::get_ssl_category() &&
            ERR_GET_REASON(static_cast<unsigned long>(failed.value())) ==
                SSL_R_WRONG_VERSION_NUMBER) {
            text += "; the server does not speak TLS";
        }
        return text;
    }

    /// Sends the request and reads the answer.
    template <class Stream>
    Awaitable<std::string> exchange(Stream& stream) {
        http::request<http::string_body> request = make_request();
        listener_->phase("sending the request to " + place_);
        const auto [not_sent, sent] = co_await http::async_write(stream, request, token);
        if (cancelled()) co_return std::string();
        // A server may answer before it has read everything, and close: the answer counts.
        listener_->phase("waiting for the response of " + place_);
        boost::beast::flat_buffer buffer(most_buffered);
        std::optional<http::response_parser<http::buffer_body>> parser;
        for (int interim = 0; interim < most_interim_answers; ++interim) {
            parser.emplace();
            parser->header_limit(most_answer_header_bytes);
            parser->body_limit(boost::none);
            parser->skip(message_.method == "HEAD");
            const auto no_line = co_await read_status_line(stream, buffer);
            if (cancelled()) co_return std::string();
            if (no_line) co_return no_answer(not_sent ? not_sent : no_line);
            const auto [failed, got] =
                co_await http::async_read_header(stream, buffer, *parser, token);
            if (cancelled()) co_return std::string();
            if (failed) co_return no_answer(not_sent ? not_sent : failed);
            if (parser->get().result_int() >= 200 || mutated(HttpMutant::interim_is_the_answer))
                break;
        }
        if (parser->get().result_int() < 200) co_return place_ + " only sends interim responses";
        if (!listener_->head(head_of(parser->get()))) co_return std::string();
        if (cancelled()) co_return std::string();
        listener_->phase("reading the response of " + place_);
        co_return co_await read_body(stream, buffer, *parser);
    }

    /// So much of the answer that its first line is there, which is then as Beast wants it.
    template <class Stream>
    static Awaitable<error_code> read_status_line(Stream& stream,
                                                  boost::beast::flat_buffer& buffer) {
        constexpr std::size_t longest = 4096;
        constexpr std::size_t at_once = 512;
        const auto line_length = [&buffer] {
            return boost::beast::buffers_to_string(buffer.data()).find("\r\n");
        };
        while (line_length() == std::string::npos && buffer.size() < longest) {
            const auto [failed, got] =
                co_await stream.async_read_some(buffer.prepare(at_once), token);
            const bool at_end =
                failed == asio::error::eof || failed == ssl::error::stream_truncated;
            if (at_end && buffer.size() > 0) co_return http::error::partial_message;
            if (failed) co_return failed;
            buffer.commit(got);
        }
        complete_status_line(buffer, line_length());
        co_return error_code();
    }

    /// "HTTP/1.1 200" needs a blank at its end, where the reason would begin; many a server leaves
    /// it out, and Beast insists on it.
    static void complete_status_line(boost::beast::flat_buffer& buffer, std::size_t length) {
        if (length != std::string_view("HTTP/1.1 200").size() ||
            mutated(HttpMutant::short_status_line_refused))
            return;
        std::string text = boost::beast::buffers_to_string(buffer.data());
        if (!text.starts_with("HTTP/1.")) return;
        text.insert(length, 1, ' ');
        buffer.consume(buffer.size());
        asio::buffer_copy(buffer.prepare(text.size()), asio::buffer(text));
        buffer.commit(text.size());
    }

    template <class Stream>
    Awaitable<std::string> read_body(Stream& stream, boost::beast::flat_buffer& buffer,
                                     http::response_parser<http::buffer_body>& parser) {
        std::array<char, std::size_t{16} * 1024> room;
        std::uint64_t read = 0;
        while (!parser.is_done()) {
            auto& body = parser.get().body();
            body.data = room.data();
            body.size = room.size();
            const auto [failed, got] =
                co_await http::async_read_some(stream, buffer, parser, token);
            if (cancelled()) co_return std::string();
            const std::size_t filled = room.size() - body.size;
            read += filled;
            if (filled > 0) listener_->body({room.data(), filled});
            if (cancelled()) co_return std::string();
            if (failed && failed != http::error::need_buffer)
                co_return mutated(HttpMutant::truncated_is_whole) ? std::string()
                                                                  : cut_short(failed, read);
        }
        co_return std::string();
    }

    [[nodiscard]] http::request<http::string_body> make_request() {
        http::request<http::string_body> request;
        request.version(11);
        request.method_string(message_.method);
        request.target(message_.url.target);
        for (const auto& [name, value] : message_.headers) request.insert(name, value);
        if (request.find(http::field::host) == request.end()) {
            request.set(http::field::host, message_.url.authority());
        }
        request.set(http::field::connection, "close");
        request.body() = std::move(message_.body);
        request.prepare_payload();
        return request;
    }

    static HttpHead head_of(const http::response<http::buffer_body>& answer) {
        const auto text = [](boost::beast::string_view view) {
            return std::string(view.data(), view.size());
        };
        return {answer.result_int(), text(answer.reason()), text(answer[http::field::location])};
    }

    [[nodiscard]] std::string no_answer(const error_code& failed) const {
        if (failed == http::error::end_of_stream || failed == asio::error::eof ||
            failed == ssl::error::stream_truncated) {
            return place_ + " closed the connection without a response";
        }
        if (failed == http::error::partial_message) {
            return place_ +
                   " closed the connection before the headers of its response were complete";
        }
        if (failed == http::error::header_limit) {
            return "the headers of the response of " + place_ + " are larger than 64 KiB";
        }
        if (failed.category() == make_error_code(http::error::bad_version).category()) {
            return "what " + place_ + " answers is no HTTP: " + failed.message();
        }
        return place_ + " did not respond: " + failed.message();
    }

    [[nodiscard]] std::string cut_short(const error_code& failed, std::uint64_t read) const {
        const std::string so_far = "after " + std::to_string(read) + " bytes of its body";
        if (failed == http::error::partial_message || failed == asio::error::eof ||
            failed == ssl::error::stream_truncated) {
            return place_ + " closed the connection before its response was complete, " + so_far;
        }
        return "the response of " + place_ + " was interrupted " + so_far + ": " + failed.message();
    }

    const HttpStrand strand_;
    Clock& clock_;
    HttpMessage message_;
    HttpListener* listener_;
    Socket socket_;
    std::string place_;  ///< the server, as messages show it
    std::optional<Clock::TimerId> timer_;
};

}  // namespace

Result<std::shared_ptr<TlsTrust>> make_tls_trust(const std::string& ca_file,
                                                 std::string_view certificates) {
    auto trust = std::make_shared<TlsTrust>();
    ssl::context& context = trust->context;
    error_code failed;
    if (ca_file.empty()) {
        context.set_default_verify_paths(failed);
    } else {
        context.add_certificate_authority(asio::buffer(certificates.data(), certificates.size()),
                                          failed);
    }
    if (!failed) return trust;
    return fail(ErrorCode::io_error,
                ca_file.empty()
                    ? "the machine's certificates cannot be read: " + failed.message()
                    : "ca_file '" + ca_file +
                          "': no certificates can be read from it: " + failed.message());
}

std::shared_ptr<HttpExchange> HttpExchange::start(const HttpStrand& strand, Clock& clock,
                                                  HttpMessage message, HttpListener& listener) {
    auto exchange = std::make_shared<Exchange>(strand, clock, std::move(message), listener);
    exchange->begin();
    return exchange;
}

}  // namespace quantum::run
