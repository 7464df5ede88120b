#include "run/http/hop.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "model/request_check.hpp"
#include "run/http/mutant.hpp"

namespace quantum::run {
namespace {

/// What another origin may be told: what the request wants, not who sends it.
bool is_harmless(std::string_view header) {
    constexpr std::array<std::string_view, 4> names{"accept", "accept-language", "content-type",
                                                    "user-agent"};
    return std::any_of(names.begin(), names.end(), [header](std::string_view name) {
        return model::same_header(header, name);
    });
}

}  // namespace

bool is_redirect(unsigned status) {
    constexpr std::array<unsigned, 5> codes{301, 302, 303, 307, 308};
    return std::find(codes.begin(), codes.end(), status) != codes.end();
}

std::string status_text(const HttpHead& head) {
    std::string text = std::to_string(head.status);
    if (!head.reason.empty()) text += " " + head.reason;
    return text;
}

Result<HttpHop> HttpHop::to(const HttpRequest& request) {
    auto url = model::parse_http_url(request.url);
    if (!url) return tl::unexpected(std::move(url).error());
    HttpHop hop;
    hop.url_ = std::move(*url);
    hop.method_ = request.method;
    return hop;
}

std::string HttpHop::follow(const HttpRequest& request, const HttpHead& head,
                            const std::string& location) {
    const std::string whence = "the redirect (" + status_text(head) + ") of " + url_.text();
    if (redirects_ == request.redirects + (mutated(HttpMutant::one_redirect_more) ? 1 : 0)) {
        return whence + " is one too many; " + std::to_string(redirects_) + " are allowed";
    }
    auto next = model::resolve_http_url(url_, location);
    if (!next) return whence + " cannot be followed: " + next.error().message;
    if (url_.tls && !next->tls && !mutated(HttpMutant::https_to_http)) {
        return whence + " leads to " + next->text() +
               "; redirects from https to http are not followed";
    }
    // As every browser does: what asked for a change is turned into a plain question.
    const bool keeps_method =
        mutated(HttpMutant::redirect_keeps_method) || head.status == 307 || head.status == 308;
    if (!keeps_method && method_ != "GET" && method_ != "HEAD") {
        method_ = "GET";
        with_body_ = false;
    }
    foreign_ = (foreign_ && !mutated(HttpMutant::foreign_forgotten)) || !url_.same_origin(*next);
    if (foreign_ && with_body_ && !request.body.empty() && !mutated(HttpMutant::body_handed_on)) {
        return whence + " would send the request's body to " + next->text();
    }
    ++redirects_;
    url_ = std::move(*next);
    return {};
}

HttpMessage HttpHop::message(const Execution& execution, const HttpRequest& request,
                             const Headers& secrets,
                             std::vector<boost::asio::ip::address> addresses,
                             std::shared_ptr<TlsTrust> trust) const {
    HttpMessage message{.url = url_,
                        .addresses = std::move(addresses),
                        .method = method_,
                        .headers = {},
                        .body = with_body_ ? request.body : std::string(),
                        .trust = std::move(trust)};
    const auto has = [&message](std::string_view name) {
        return std::any_of(
            message.headers.begin(), message.headers.end(),
            [name](const auto& header) { return model::same_header(header.first, name); });
    };
    if (!foreign_) {
        message.headers = {{"Quantum-Job", execution.job->name()},
                           {"Quantum-Execution-Id", execution.id.text()},
                           {"Quantum-Due", base::rfc3339(execution.due)},
                           {"Quantum-Attempt", std::to_string(execution.attempt)}};
    }
    const std::size_t own = message.headers.size();
    const auto is_taken = [&message, own](std::string_view name) {
        return std::any_of(
            message.headers.begin(), message.headers.begin() + static_cast<std::ptrdiff_t>(own),
            [name](const auto& header) { return model::same_header(header.first, name); });
    };
    for (const auto& [name, value] : request.headers) {
        const bool wanted = with_body_ || !model::same_header(name, "content-type");
        if (!is_taken(name) && wanted &&
            (!foreign_ || is_harmless(name) || mutated(HttpMutant::foreign_gets_headers))) {
            message.headers.emplace_back(name, value);
        }
    }
    for (const auto& [name, value] : secrets) {
        if ((!foreign_ || mutated(HttpMutant::foreign_gets_secrets)) && !is_taken(name))
            message.headers.emplace_back(name, value);
    }
    if (!has("User-Agent")) message.headers.emplace_back("User-Agent", "quantum/" QUANTUM_VERSION);
    if (!has("Accept")) message.headers.emplace_back("Accept", "*/*");
    return message;
}

}  // namespace quantum::run
