#include "run/http/http_run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "run/http/address.hpp"
#include "run/http/request_check.hpp"

namespace quantum {
namespace {

namespace asio = boost::asio;

// Of the answer's first line, in a reason.
constexpr std::size_t most_quoted = 200;

bool is_redirect(unsigned status) {
    constexpr std::array<unsigned, 5> codes{301, 302, 303, 307, 308};
    return std::find(codes.begin(), codes.end(), status) != codes.end();
}

/// What another origin may be told: what the request wants, not who sends it.
bool is_harmless(std::string_view header) {
    constexpr std::array<std::string_view, 4> names{"accept", "accept-language", "content-type",
                                                    "user-agent"};
    return std::any_of(names.begin(), names.end(),
                       [header](std::string_view name) { return same_header(header, name); });
}

std::string status_text(const HttpHead& head) {
    std::string text = std::to_string(head.status);
    if (!head.reason.empty()) text += " " + head.reason;
    return text;
}

std::string expected_text(const HttpRequest& request) {
    std::string text;
    for (const auto& [first, last] : request.expected_status) {
        text += (text.empty() ? "" : ", ") + std::to_string(first);
        if (last != first) text += "-" + std::to_string(last);
    }
    return text;
}

std::string seconds_text(Duration duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    if (seconds == duration) return std::to_string(seconds.count()) + "s";
    return std::to_string(duration.count() / 1000) + "ms";
}

}  // namespace

HttpRun::HttpRun(std::shared_ptr<HttpContext> context, Execution execution, RunObserver& observer,
                 std::function<void(HttpRun&)> finished)
    : context_(std::move(context)),
      execution_(std::move(execution)),
      observer_(observer),
      finished_hook_(std::move(finished)) {}

const HttpRequest& HttpRun::request() const {
    return std::get<HttpRequest>(execution_.job->task());
}

void HttpRun::begin() {
    started_at_ = context_->clock.boot_now();
    observer_.started(execution_, 0);
    timeout_timer_ = context_->clock.wake_after(
        request().timeout, [weak = weak_from_this(), strand = context_->strand] {
            asio::post(strand, [weak] {
                if (const auto self = weak.lock()) self->timeout_passed();
            });
        });
    method_ = request().method;
    auto url = parse_http_url(request().url);
    if (!url) {
        fail_with(std::move(url).error().message);
        return;
    }
    url_ = std::move(*url);
    contact();
}

void HttpRun::contact() {
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(url_.host, not_literal);
    if (!not_literal) {
        found(std::vector{literal});
        return;
    }
    phase_ = "looking up '" + url_.host + "'";
    context_->lookups.find(url_.host, weak_from_this(), [weak = weak_from_this()](Addresses given) {
        const auto self = weak.lock();
        if (!self) return;
        const HttpStrand strand = self->context_->strand;
        asio::post(strand, [self, given = std::move(given)]() mutable {
            if (!self->finished_) self->found(std::move(given));
        });
    });
}

void HttpRun::found(Addresses addresses) {
    if (!addresses) {
        fail_with(std::move(addresses).error().message);
        return;
    }
    if (redirects_ > 0 && !request().local_redirects) {
        const std::string first = addresses->front().to_string();
        std::erase_if(*addresses, is_local_address);
        if (addresses->empty()) {
            fail_with("a redirect leads to " + url_.text() + ", which is " + first +
                      ": this machine or its own link; local_redirects allows that");
            return;
        }
    }
    exchange_ = HttpExchange::start(context_->strand, context_->clock,
                                    message(std::move(*addresses)), *this);
}

HttpMessage HttpRun::message(std::vector<asio::ip::address> addresses) const {
    HttpMessage message{.url = url_,
                        .addresses = std::move(addresses),
                        .method = method_,
                        .headers = {},
                        .body = with_body_ ? request().body : std::string(),
                        .ca_file = request().ca_file};
    const auto has = [&message](std::string_view name) {
        return std::any_of(message.headers.begin(), message.headers.end(),
                           [name](const auto& header) { return same_header(header.first, name); });
    };
    if (!foreign_) {
        message.headers = {{"Quantum-Job", execution_.job->name()},
                           {"Quantum-Execution-Id", execution_.id.text()},
                           {"Quantum-Due", rfc3339(execution_.due)},
                           {"Quantum-Attempt", std::to_string(execution_.attempt)}};
    }
    const std::size_t own = message.headers.size();
    for (const auto& [name, value] : request().headers) {
        const bool taken = std::any_of(
            message.headers.begin(), message.headers.begin() + static_cast<std::ptrdiff_t>(own),
            [&name = name](const auto& header) { return same_header(header.first, name); });
        const bool wanted = with_body_ || !same_header(name, "content-type");
        if (!taken && wanted && (!foreign_ || is_harmless(name))) {
            message.headers.emplace_back(name, value);
        }
    }
    if (!has("User-Agent")) message.headers.emplace_back("User-Agent", "quantum/" QUANTUM_VERSION);
    if (!has("Accept")) message.headers.emplace_back("Accept", "*/*");
    return message;
}

bool HttpRun::is_expected(unsigned status) const {
    const auto& ranges = request().expected_status;
    return std::any_of(ranges.begin(), ranges.end(), [status](const HttpStatusRange& range) {
        return range.first <= status && status <= range.last;
    });
}

bool HttpRun::head(HttpHead head) {
    head_ = std::move(head);
    redirected_ = !is_expected(head_.status) && is_redirect(head_.status) &&
                  !head_.location.empty() && request().redirects > 0;
    return !redirected_;
}

/// Turns the request to where a redirect leads; gives back why not.
std::string HttpRun::follow(const std::string& location) {
    const std::string whence = "the redirect (" + status_text(head_) + ") of " + url_.text();
    if (redirects_ == request().redirects) {
        return whence + " is one too many; " + std::to_string(redirects_) + " are allowed";
    }
    auto next = resolve_http_url(url_, location);
    if (!next) return whence + " cannot be followed: " + next.error().message;
    if (url_.tls && !next->tls) {
        return whence + " leads to " + next->text() + ": from https to http none is followed";
    }
    // As every browser does: what asked for a change is turned into a plain question.
    const bool keeps_method = head_.status == 307 || head_.status == 308;
    if (!keeps_method && method_ != "GET" && method_ != "HEAD") {
        method_ = "GET";
        with_body_ = false;
    }
    foreign_ = foreign_ || !url_.same_origin(*next);
    if (foreign_ && with_body_ && !request().body.empty()) {
        return whence + " would hand the request's body on to " + next->text();
    }
    ++redirects_;
    url_ = std::move(*next);
    return {};
}

void HttpRun::body(std::string_view bytes) {
    received_ += bytes.size();
    if (request().max_response && received_ > *request().max_response) {
        fail_with("the answer (" + status_text(head_) + ") has a body of more than " +
                  std::to_string(*request().max_response) + " bytes");
        return;
    }
    if (!first_line_whole_) {
        std::string_view rest = bytes;
        if (first_line_.empty()) {
            rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
        }
        const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
        first_line_.append(rest.substr(0, std::min(end, most_quoted - first_line_.size())));
        first_line_whole_ = end < rest.size() || first_line_.size() == most_quoted;
    }
    lines_.feed(bytes, [this](std::string_view line) {
        observer_.output(execution_, OutputChannel::standard_output, line);
    });
}

void HttpRun::ended(std::string error) {
    exchange_.reset();
    if (!error.empty()) {
        fail_with(std::move(error));
        return;
    }
    if (!redirected_) {
        judge();
        return;
    }
    const std::string location = std::exchange(head_.location, {});
    if (std::string fault = follow(location); !fault.empty()) {
        fail_with(std::move(fault));
        return;
    }
    contact();
}

void HttpRun::judge() {
    if (is_expected(head_.status)) {
        finish(OutcomeKind::succeeded, {});
        return;
    }
    std::string reason = "status " + status_text(head_) + ", expected " + expected_text(request());
    if (is_redirect(head_.status) && !head_.location.empty()) {
        reason += "; it leads to " + head_.location.substr(0, most_quoted);
    }
    if (!first_line_.empty()) reason += ": " + first_line_;
    finish(OutcomeKind::failed, std::move(reason));
}

void HttpRun::stop() {
    if (!finished_) finish(OutcomeKind::killed, "told to end while " + phase_);
}

void HttpRun::timeout_passed() {
    timeout_timer_.reset();
    if (finished_) return;
    finish(OutcomeKind::timed_out,
           "timeout of " + seconds_text(request().timeout) + " while " + phase_);
}

void HttpRun::fail_with(std::string reason) { finish(OutcomeKind::failed, std::move(reason)); }

void HttpRun::finish(OutcomeKind kind, std::string reason) {
    finished_ = true;
    if (timeout_timer_) context_->clock.cancel(*timeout_timer_);
    timeout_timer_.reset();
    if (exchange_) exchange_->cancel();
    exchange_.reset();
    lines_.finish([this](std::string_view line) {
        observer_.output(execution_, OutputChannel::standard_output, line);
    });
    Outcome outcome;
    outcome.kind = kind;
    outcome.duration = context_->clock.boot_now() - started_at_;
    outcome.reason = std::move(reason);
    if (head_.status != 0) outcome.result = status_text(head_);
    const auto self = shared_from_this();
    finished_hook_(*this);
    observer_.finished(execution_, std::move(outcome));
}

}  // namespace quantum
