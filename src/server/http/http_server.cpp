// The only file of the server that knows Beast: it takes most of a minute to compile.
#include "server/http/http_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <sys/socket.h>

#include "server/mutant.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"

namespace quantum::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;

constexpr auto token = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr asio::use_awaitable_t<Executor> plain_token{};
template <class Value = void>
using Awaitable = asio::awaitable<Value, Executor>;

constexpr std::chrono::milliseconds accept_pause(1800);
constexpr std::size_t read_at_once = 4096;

constexpr std::string_view no_room =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Content-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

std::chrono::nanoseconds span(Duration duration) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
}

std::string_view plain(beast::string_view text) { return {text.data(), text.size()}; }

using Parsed = http::request<http::string_body>;

Request request_of(Parsed&& parsed) {
    Request request;
    request.method = method_named(plain(parsed.method_string()));
    request.target = plain(parsed.target());
    for (const auto& field : parsed) {
        request.headers.emplace_back(lowercase(plain(field.name_string())),
                                     std::string(plain(field.value())));
    }
    request.body = std::move(parsed.body());
    return request;
}

std::string_view bearer_of(const Parsed& parsed) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view value = plain(parsed[http::field::authorization]);
    return value.starts_with(scheme) ? value.substr(scheme.size()) : std::string_view();
}

Response problem_response(ProblemKind kind, const char* detail) {
    return response_to({kind, detail}, "");
}

/// What is answered to a request that could not be read; none: nobody is left to be answered.
std::optional<Response> fault_response(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return problem_response(ProblemKind::headers, "At most 16 KiB of headers are read.");
    }
    if (error == http::error::body_limit) {
        return problem_response(ProblemKind::body, "At most 1 MiB of a body is read.");
    }
    if (error.category() == make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
        return problem_response(ProblemKind::malformed, "This is no HTTP/1.1 request.");
    }
    return std::nullopt;
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
    Impl(base::EventLoop& its_loop, Handle its_handle)
        : loop(its_loop), handle(std::move(its_handle)) {}

    /// A place where connections arrive, and how many it has.
    struct Place {
        HttpLimits limits;
        Identify identify;    // of the socket
        Authorize authorize;  // of TCP
        std::size_t open = 0;
    };

    /// Counts a connection as long as it lives.
    struct Counted {
        explicit Counted(std::shared_ptr<Place> its_place) : place(std::move(its_place)) {
            ++place->open;
        }
        ~Counted() { --place->open; }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        const std::shared_ptr<Place> place;
    };

    /// A connection, from its first request to its last.
    struct Talk {
        Talk(std::shared_ptr<Place> place, Peer its_peer, std::string its_address)
            : counted(std::make_unique<Counted>(std::move(place))),
              peer(std::move(its_peer)),
              address(std::move(its_address)),
              buffer(counted->place->limits.head_bytes + counted->place->limits.body_bytes +
                     read_at_once) {}

        std::unique_ptr<Counted> counted;
        Peer peer;
        std::string address;
        bool only_health = false;
        beast::flat_buffer buffer;
    };

    /// A request, or what is answered instead; neither: the other side is gone.
    struct Incoming {
        std::optional<Parsed> parsed{};
        std::optional<Response> fault{};
        bool keeps = false;  ///< another request may follow
    };

    template <class Protocol>
    using Stream = beast::basic_stream<Protocol, Executor>;

    template <class Protocol>
    Awaitable<> accept(typename Protocol::acceptor::template rebind_executor<Executor>::other door,
                       std::shared_ptr<Place> place);
    template <class Protocol>
    Awaitable<> converse(std::shared_ptr<Stream<Protocol>> stream, Talk talk);
    template <class Protocol>
    Awaitable<bool> wait(Stream<Protocol>& stream, Talk& talk, bool is_first);
    template <class Protocol>
    Awaitable<Incoming> read(Stream<Protocol>& stream, Talk& talk);
    template <class Protocol>
    Awaitable<bool> answer(Stream<Protocol>& stream, Response response, bool keeps,
                           const HttpLimits& limits);
    Awaitable<Response> ask(Request request);
    template <class Protocol>
    void listen(base::FileDescriptor listener, Protocol protocol, std::shared_ptr<Place> place);

    void note_sent() {
        if (--*unsent > 0 || !flushed) return;
        flushed->set_value();
        flushed.reset();
    }

    base::EventLoop& loop;
    const Handle handle;
    // Replies that are on their way.
    const std::shared_ptr<std::atomic<std::size_t>> unsent =
        std::make_shared<std::atomic<std::size_t>>(0);
    std::shared_ptr<std::promise<void>> flushed;
    const std::shared_ptr<std::atomic<bool>> has_ended = std::make_shared<std::atomic<bool>>(false);
};

// Waits for the reply without holding the thread; it may come on any thread. What is awaited here
// and below are no temporaries with members that own something: GCC 12 copies these byte by byte.
Awaitable<Response> HttpServer::Impl::ask(Request request) {
    const Executor executor = loop.context().get_executor();
    const auto begin = [this, &executor, &request](auto handler) {
        const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        handle(std::move(request),
               [executor, shared, ended = has_ended, on_the_way = unsent](Response response) {
                   if (*ended) return;
                   ++*on_the_way;
                   asio::post(executor, [shared, response = std::move(response)]() mutable {
                       (*shared)(std::move(response));
                   });
               });
    };
    Response response =
        co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Response)>(
            std::ref(begin), plain_token);
    co_return response;
}

template <class Protocol>
Awaitable<bool> HttpServer::Impl::answer(Stream<Protocol>& stream, Response response, bool keeps,
                                         const HttpLimits& limits) {
    http::response<http::string_body> message;
    message.version(11);
    message.result(response.status);
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) message.set(name, value);
    if (response.status != 204) message.set(http::field::content_type, response.type);
    message.keep_alive(keeps);
    message.body() = std::move(response.body);
    message.prepare_payload();
    stream.expires_after(span(limits.answer_within));
    const auto [failed, written] = co_await http::async_write(stream, message, token);
    co_return !failed && keeps;
}

// A head is waited for as long as nothing of it is there, and then no longer than a head.
template <class Protocol>
Awaitable<bool> HttpServer::Impl::wait(Stream<Protocol>& stream, Talk& talk, bool is_first) {
    const HttpLimits& limits = talk.counted->place->limits;
    if (talk.buffer.size() == 0) {
        if (talk.buffer.capacity() > read_at_once) talk.buffer.shrink_to_fit();
        stream.expires_after(span(is_first ? limits.head_within : limits.idle));
        const auto [failed, got] =
            co_await stream.async_read_some(talk.buffer.prepare(read_at_once), token);
        if (failed) co_return false;
        talk.buffer.commit(got);
    }
    stream.expires_after(span(limits.head_within));
    if (mutated(ServerMutant::silence_is_waited_for)) stream.expires_never();
    co_return true;
}

template <class Protocol>
Awaitable<HttpServer::Impl::Incoming> HttpServer::Impl::read(Stream<Protocol>& stream, Talk& talk) {
    const Place& place = *talk.counted->place;
    http::request_parser<http::string_body> parser;
    parser.header_limit(place.limits.head_bytes);
    parser.body_limit(mutated(ServerMutant::body_without_end) ? std::uint64_t{1} << 40U
                                                              : place.limits.body_bytes);
    auto [failed, size] = co_await http::async_read_header(stream, talk.buffer, parser, token);
    if (!failed && place.authorize) {
        talk.peer = place.authorize(bearer_of(parser.get()), talk.address);
    }
    // The bodies of strangers are not read.
    const bool reads_body =
        !failed && !parser.is_done() &&
        (talk.peer.role != Role::none || mutated(ServerMutant::strangers_send_bodies));
    if (reads_body && plain(parser.get()[http::field::expect]) == "100-continue") {
        std::tie(failed, size) = co_await asio::async_write(
            stream, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), token);
    }
    if (reads_body && !failed) {
        stream.expires_after(span(place.limits.body_within));
        std::tie(failed, size) = co_await http::async_read(stream, talk.buffer, parser, token);
    }
    Incoming incoming;
    if (failed) {
        incoming.fault = fault_response(failed);
        co_return incoming;
    }
    const bool is_whole = parser.is_done();
    incoming.parsed = parser.release();
    incoming.keeps = incoming.parsed->keep_alive() && is_whole && !talk.only_health;
    co_return incoming;
}

template <class Protocol>
Awaitable<> HttpServer::Impl::converse(std::shared_ptr<Stream<Protocol>> stream, Talk talk) {
    const HttpLimits& limits = talk.counted->place->limits;
    for (bool is_first = true;; is_first = false) {
        if (!co_await wait<Protocol>(*stream, talk, is_first)) co_return;
        Incoming incoming = co_await read<Protocol>(*stream, talk);
        Response response;
        bool is_reply = false;
        if (!incoming.parsed) {
            if (!incoming.fault) co_return;
            response = std::move(*incoming.fault);
        } else if (talk.only_health && !is_health_route(plain(incoming.parsed->target()))) {
            response = problem_response(ProblemKind::slow_down, "There are too many connections.");
            response.status = 503;
        } else {
            Request request = request_of(std::move(*incoming.parsed));
            request.peer = talk.peer;
            // Nobody listens to the other side meanwhile; what it sends waits in the kernel.
            stream->expires_never();
            response = co_await ask(std::move(request));
            is_reply = true;
        }
        const bool goes_on =
            co_await answer<Protocol>(*stream, std::move(response), incoming.keeps, limits);
        if (is_reply) note_sent();
        if (!goes_on) break;
    }
    error_code ignored;
    stream->socket().shutdown(Protocol::socket::shutdown_send, ignored);
}

template <class Protocol>
Awaitable<> HttpServer::Impl::accept(
    typename Protocol::acceptor::template rebind_executor<Executor>::other door,
    std::shared_ptr<Place> place) {
    asio::steady_timer pause(loop.context());
    for (;;) {
        auto [failed, socket] = co_await door.async_accept(token);
        if (failed == asio::error::operation_aborted) co_return;
        if (failed) {
            // No descriptors are left: not to be asked for them without end.
            pause.expires_after(accept_pause);
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
            continue;
        }
        const HttpLimits& limits = place->limits;
        const std::size_t health =
            mutated(ServerMutant::health_has_no_places) ? 0 : limits.health_places;
        if (place->open >= limits.connections + health &&
            !mutated(ServerMutant::connections_not_limited)) {
            error_code ignored;
            socket.non_blocking(true, ignored);
            socket.write_some(asio::buffer(no_room), ignored);
            continue;
        }
        const bool only_health = place->open >= limits.connections;
        Peer peer;
        if (place->identify) peer = place->identify(socket.native_handle());
        std::string address;
        if constexpr (std::is_same_v<Protocol, Tcp>) {
            error_code unknown;
            const auto remote = socket.remote_endpoint(unknown);
            if (!unknown) address = remote.address().to_string(unknown);
        }
        Talk talk(place, std::move(peer), std::move(address));
        talk.only_health = only_health;
        asio::co_spawn(loop.context().get_executor(),
                       converse<Protocol>(std::make_shared<Stream<Protocol>>(std::move(socket)),
                                          std::move(talk)),
                       asio::detached);
    }
}

template <class Protocol>
void HttpServer::Impl::listen(base::FileDescriptor listener, Protocol protocol,
                              std::shared_ptr<Place> place) {
    using Door = typename Protocol::acceptor::template rebind_executor<Executor>::other;
    Door door(loop.context().get_executor(), protocol, listener.get());
    static_cast<void>(listener.release());
    asio::co_spawn(
        loop.context().get_executor(),
        [self = shared_from_this(), door = std::move(door), place = std::move(place)]() mutable
        -> Awaitable<> { co_await self->accept<Protocol>(std::move(door), std::move(place)); },
        asio::detached);
}

HttpServer::HttpServer(base::EventLoop& loop, Handle handle)
    : impl_(std::make_shared<Impl>(loop, std::move(handle))) {}

HttpServer::~HttpServer() = default;

void HttpServer::flush(Duration at_most) {
    const auto done = std::make_shared<std::promise<void>>();
    auto sent = done->get_future();
    // Behind whatever was posted before, the replies to it included.
    impl_->loop.post([impl = impl_, done] {
        if (*impl->unsent == 0) {
            done->set_value();
        } else {
            impl->flushed = done;
        }
    });
    sent.wait_for(span(at_most));
}

void HttpServer::end() { impl_->has_ended->store(true); }

void HttpServer::listen_local(base::FileDescriptor listener, const HttpLimits& limits,
                              Identify identify) {
    auto place = std::make_shared<Impl::Place>();
    place->limits = limits;
    place->identify = std::move(identify);
    impl_->listen(std::move(listener), Local(), std::move(place));
}

void HttpServer::listen_tcp(base::FileDescriptor listener, const HttpLimits& limits,
                            Authorize authorize) {
    auto place = std::make_shared<Impl::Place>();
    place->limits = limits;
    place->authorize = std::move(authorize);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    const bool is_v6 = getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
                       own.ss_family == AF_INET6;
    impl_->listen(std::move(listener), is_v6 ? Tcp::v6() : Tcp::v4(), std::move(place));
}

}  // namespace quantum::server
