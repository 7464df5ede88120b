#include "run/http/name_lookups.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>

#include "base/mutex.hpp"
#include "run/http/mutant.hpp"

namespace quantum::run {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t most_threads = 4;

std::optional<ip::address> address_of(const sockaddr& socket_address) {
    if (socket_address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &socket_address, sizeof v4);
        return ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (socket_address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &socket_address, sizeof v6);
        ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return ip::address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

/// RFC 6761: `localhost` and what ends in `.localhost` is this machine.
bool is_localhost(std::string_view name) {
    constexpr std::string_view last = "localhost";
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() < last.size()) return false;
    const std::string_view end = name.substr(name.size() - last.size());
    const bool named = std::equal(end.begin(), end.end(), last.begin(), [](char c, char lower) {
        return c == lower || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == lower);
    });
    return named && (name.size() == last.size() || name[name.size() - last.size() - 1] == '.');
}

NameLookups::Addresses look_up(const std::string& name) {
    // Not asked for: a bare container has no hosts file, and a name server could say anything.
    if (is_localhost(name) && !mutated(HttpMutant::localhost_is_asked_for)) {
        return std::vector<ip::address>{ip::address_v6::loopback(), ip::address_v4::loopback()};
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (error != 0) {
        const char* const why = error == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(error);
        return fail(ErrorCode::unavailable, "cannot look up '" + name + "': " + why);
    }
    std::vector<ip::address> addresses;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        const auto address = address_of(*one->ai_addr);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
            addresses.push_back(*address);
        }
    }
    freeaddrinfo(found);
    if (addresses.empty()) {
        return fail(ErrorCode::unavailable, "cannot look up '" + name + "': it has no address");
    }
    return addresses;
}

}  // namespace

/// Outlives its owner for as long as a thread is in the resolver.
struct NameLookups::Shared : std::enable_shared_from_this<Shared> {
    struct Question {
        std::string name;
        std::weak_ptr<void> wanted;
        Done done;
    };

    // No other lock of this library is taken under it but those of handing over in `done`.
    base::Mutex mutex;
    std::deque<Question> waiting QUANTUM_GUARDED_BY(mutex);
    std::size_t threads QUANTUM_GUARDED_BY(mutex) = 0;
    bool stopped QUANTUM_GUARDED_BY(mutex) = false;

    void add(Question question) QUANTUM_EXCLUDES(mutex) {
        const base::MutexLock lock(mutex);
        if (stopped) return;
        waiting.push_back(std::move(question));
        if (threads < most_threads && !add_thread() && threads == 0) {
            waiting.back().done(
                fail(ErrorCode::unavailable, "cannot look up a name: no thread available"));
            waiting.pop_back();
        }
    }

    // Detached: nobody may have to wait for the resolver.
    bool add_thread() QUANTUM_REQUIRES(mutex) {
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        bool added = true;
        try {
            std::thread([self = shared_from_this()] { self->run(); }).detach();
            ++threads;
        } catch (const std::system_error&) {
            added = false;
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return added;
    }

    std::optional<Question> next() QUANTUM_EXCLUDES(mutex) {
        const base::MutexLock lock(mutex);
        while (!waiting.empty()) {
            Question question = std::move(waiting.front());
            waiting.pop_front();
            if (!question.wanted.expired()) return question;
        }
        --threads;
        return std::nullopt;
    }

    void run() noexcept QUANTUM_EXCLUDES(mutex) {
        while (auto question = next()) {
            Addresses addresses = look_up(question->name);
            const base::MutexLock lock(mutex);
            if (!stopped) question->done(std::move(addresses));
        }
    }
};

NameLookups::NameLookups() : shared_(std::make_shared<Shared>()) {}

NameLookups::~NameLookups() { stop(); }

void NameLookups::find(std::string name, std::weak_ptr<void> wanted, Done done) {
    shared_->add({std::move(name), std::move(wanted), std::move(done)});
}

void NameLookups::stop() {
    std::deque<Shared::Question> dropped;  // destroyed after the lock is gone
    const base::MutexLock lock(shared_->mutex);
    shared_->stopped = true;
    std::swap(dropped, shared_->waiting);
}

}  // namespace quantum::run
