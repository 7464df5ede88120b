#include "run/http/http_run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "base/trusted_file.hpp"
#include "model/request_check.hpp"
#include "run/http/address.hpp"
#include "run/http/mutant.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/output_log.hpp"
#include "run/process/command_secrets.hpp"

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

/// What stands under the name is neither waited for nor, as root, taken from others.
Result<std::string> read_certificates_of(const std::string& path) {
    constexpr std::size_t most = std::size_t{4} << 20U;
    const auto refuse = [&path](const std::string& why) {
        return fail(ErrorCode::io_error,
                    "ca_file '" + path + "': no certificates can be read from it: " + why);
    };
    const auto file = open_trusted(
        path, geteuid() == 0 && !mutated(HttpMutant::certificates_of_anybody) ? FileTrust::root
                                                                              : FileTrust::anybody);
    if (!file) return refuse(file.error().message);
    struct stat status {};
    if (fstat(file->get(), &status) != 0 || static_cast<std::size_t>(status.st_size) > most) {
        return refuse("larger than 4 MiB");
    }
    return read_at(file->get(), 0, static_cast<std::size_t>(status.st_size));
}

Result<std::shared_ptr<TlsTrust>> trust_of(const std::string& ca_file) {
    if (ca_file.empty()) return make_tls_trust({}, {});
    auto certificates = read_certificates_of(ca_file);
    if (!certificates) return tl::unexpected(std::move(certificates).error());
    return make_tls_trust(ca_file, *certificates);
}

}  // namespace

HttpRun::HttpRun(std::shared_ptr<HttpContext> context, Execution execution, RunObserver& observer,
                 std::function<void(HttpRun&)> finished)
    : context_(std::move(context)),
      execution_(std::move(execution)),
      observer_(observer),
      finished_hook_(std::move(finished)) {}

const HttpRequest& HttpRun::request() const { return *request_of(execution_.job->task()); }

void HttpRun::begin() {
    started_at_ = context_->clock.boot_now();
    timeout_timer_ = context_->clock.wake_after(
        request().timeout, [weak = weak_from_this(), strand = context_->strand] {
            asio::post(strand, [weak] {
                if (const auto self = weak.lock()) self->timeout_passed();
            });
        });
    const HttpRequest& wanted = request();
    if (wanted.secret_headers.empty() && !wanted.output_file) {
        prepared({});
        return;
    }
    phase_ = "reading its secrets";
    const bool is_begun = context_->reads.submit(
        wanted.output_file ? wanted.output_file->path : wanted.secret_headers.front().secret,
        [weak = weak_from_this(), strand = context_->strand, job = execution_.job,
         directory = context_->options.secrets_directory]() -> ApartReads::HandOver {
            const HttpRequest& asked = *request_of(job->task());
            // The file is open before the loop writes to it.
            if (asked.output_file) OutputLog::of(*asked.output_file)->prepare();
            auto secrets = std::make_shared<Secrets>(read_secrets_of(asked, directory));
            return [weak, strand, secrets] {
                asio::post(strand, [weak, secrets] {
                    const auto self = weak.lock();
                    if (self && !self->finished_) self->prepared(std::move(*secrets));
                });
            };
        });
    if (!is_begun) fail_with("its secrets cannot be read: no thread to do it on");
}

void HttpRun::prepared(Secrets secrets) {
    secret_headers_ = std::move(secrets.headers);
    secrets_ = std::move(secrets.values);
    quoted_ = SecretMask(secrets_);
    output_.emplace(execution_, observer_, context_->options.output, secrets_,
                    request().output_file, started_at_);
    if (!secrets.read) {
        fail_with(secrets.read.error().message);
        return;
    }
    method_ = request().method;
    auto url = parse_http_url(request().url);
    if (!url) {
        fail_with(url.error().message);
        return;
    }
    url_ = std::move(*url);
    has_begun_ = true;
    observer_.started(execution_, started_at_, 0);
    contact();
}

HttpRun::Secrets HttpRun::read_secrets_of(const HttpRequest& request,
                                          const std::string& directory) {
    Secrets secrets;
    for (const auto& [header, secret, before] : request.secret_headers) {
        auto value = read_secret(secret, directory);
        if (!value) {
            secrets.read = tl::unexpected(std::move(value).error());
            break;
        }
        const bool fits = std::all_of(value->begin(), value->end(), [](unsigned char c) {
            return c == '\t' || (c >= ' ' && c != 0x7F);
        });
        if (!fits) {
            secrets.read = fail(ErrorCode::invalid_argument,
                                "the secret '" + secret +
                                    "' contains a line break or another control character, which "
                                    "no header can");
            break;
        }
        secrets.headers.emplace_back(header, before + *value);
        secrets.values.push_back(*std::move(value));
    }
    return secrets;
}

/// And then on with `contact`.
void HttpRun::read_certificates() {
    phase_ = "reading certificates";
    const bool is_begun = context_->reads.submit(
        request().ca_file,
        [weak = weak_from_this(), strand = context_->strand,
         ca_file = request().ca_file]() -> ApartReads::HandOver {
            auto trust = std::make_shared<Result<std::shared_ptr<TlsTrust>>>(trust_of(ca_file));
            return [weak, strand, trust] {
                asio::post(strand, [weak, trust] {
                    const auto self = weak.lock();
                    if (!self || self->finished_) return;
                    if (!*trust) {
                        self->fail_with(trust->error().message);
                        return;
                    }
                    self->trust_ = std::move(**trust);
                    self->contact();
                });
            };
        });
    if (!is_begun) fail_with("certificates cannot be read: no thread to do it on");
}

void HttpRun::contact() {
    if (url_.tls && !trust_) {
        read_certificates();
        return;
    }
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
        fail_with(addresses.error().message);
        return;
    }
    if (redirects_ > 0 && !request().local_redirects && !mutated(HttpMutant::redirect_to_itself)) {
        const std::string first = addresses->front().to_string();
        if (addresses->size() == 1 || !mutated(HttpMutant::one_local_address_is_left))
            std::erase_if(*addresses, is_local_address);
        if (addresses->empty()) {
            fail_with("a redirect leads to " + url_.text() + ", which is " + first +
                      ", a loopback, link-local or unspecified address; local_redirects allows it");
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
                        .trust = trust_};
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
    const auto is_taken = [&message, own](std::string_view name) {
        return std::any_of(message.headers.begin(),
                           message.headers.begin() + static_cast<std::ptrdiff_t>(own),
                           [name](const auto& header) { return same_header(header.first, name); });
    };
    for (const auto& [name, value] : request().headers) {
        const bool wanted = with_body_ || !same_header(name, "content-type");
        if (!is_taken(name) && wanted &&
            (!foreign_ || is_harmless(name) || mutated(HttpMutant::foreign_gets_headers))) {
            message.headers.emplace_back(name, value);
        }
    }
    for (const auto& [name, value] : secret_headers_) {
        if ((!foreign_ || mutated(HttpMutant::foreign_gets_secrets)) && !is_taken(name))
            message.headers.emplace_back(name, value);
    }
    if (!has("User-Agent")) message.headers.emplace_back("User-Agent", "quantum/" QUANTUM_VERSION);
    if (!has("Accept")) message.headers.emplace_back("Accept", "*/*");
    return message;
}

bool HttpRun::is_expected(unsigned status) const {
    const auto& ranges = request().expected_status;
    return std::any_of(ranges.begin(), ranges.end(), [status](const HttpStatusRange& range) {
        return range.first <= status &&
               (mutated(HttpMutant::status_end_not_expected) ? status < range.last
                                                             : status <= range.last);
    });
}

bool HttpRun::head(HttpHead head) {
    head_ = std::move(head);
    head_.reason = masked(head_.reason);
    redirected_ = !is_expected(head_.status) && is_redirect(head_.status) &&
                  !head_.location.empty() && request().redirects > 0;
    return !redirected_;
}

/// Turns the request to where a redirect leads; gives back why not.
std::string HttpRun::follow(const std::string& location) {
    const std::string whence = "the redirect (" + status_text(head_) + ") of " + url_.text();
    if (redirects_ == request().redirects + (mutated(HttpMutant::one_redirect_more) ? 1 : 0)) {
        return whence + " is one too many; " + std::to_string(redirects_) + " are allowed";
    }
    auto next = resolve_http_url(url_, location);
    if (!next) return whence + " cannot be followed: " + next.error().message;
    if (url_.tls && !next->tls && !mutated(HttpMutant::https_to_http)) {
        return whence + " leads to " + next->text() +
               "; redirects from https to http are not followed";
    }
    // As every browser does: what asked for a change is turned into a plain question.
    const bool keeps_method =
        mutated(HttpMutant::redirect_keeps_method) || head_.status == 307 || head_.status == 308;
    if (!keeps_method && method_ != "GET" && method_ != "HEAD") {
        method_ = "GET";
        with_body_ = false;
    }
    foreign_ = (foreign_ && !mutated(HttpMutant::foreign_forgotten)) || !url_.same_origin(*next);
    if (foreign_ && with_body_ && !request().body.empty() && !mutated(HttpMutant::body_handed_on)) {
        return whence + " would send the request's body to " + next->text();
    }
    ++redirects_;
    if (mutated(HttpMutant::timeout_per_hop) && timeout_timer_) {
        context_->clock.cancel(*timeout_timer_);
        timeout_timer_.reset();
    }
    url_ = std::move(*next);
    return {};
}

void HttpRun::body(std::string_view bytes) {
    received_ = (mutated(HttpMutant::body_limit_per_part) ? 0 : received_) + bytes.size();
    if (request().max_response && received_ > *request().max_response) {
        fail_with("the response (" + status_text(head_) + ") has a body of more than " +
                  std::to_string(*request().max_response) + " bytes");
        return;
    }
    if (!first_line_whole_) {
        quoted_.feed(bytes, [this](std::string_view shown) { quote(shown); });
    }
    output_->write(OutputChannel::standard_output, bytes, context_->clock.boot_now());
}

void HttpRun::quote(std::string_view bytes) {
    if (first_line_whole_) return;
    if (first_line_.empty()) {
        bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    first_line_.append(bytes.substr(0, std::min(end, most_quoted - first_line_.size())));
    first_line_whole_ = end < bytes.size() || first_line_.size() == most_quoted;
}

/// What the server said, as it may be shown.
std::string HttpRun::masked(std::string_view text) const {
    SecretMask mask(secrets_);
    std::string shown;
    const auto append = [&shown](std::string_view part) { shown.append(part); };
    mask.feed(text, append);
    mask.finish(append);
    return shown;
}

void HttpRun::ended(std::string error) {
    exchange_.reset();
    if (!error.empty()) {
        fail_with(error);
        return;
    }
    if (!redirected_) {
        classify_response();
        return;
    }
    const std::string location = std::exchange(head_.location, {});
    if (const std::string fault = follow(location); !fault.empty()) {
        fail_with(fault);
        return;
    }
    contact();
}

void HttpRun::classify_response() {
    if (is_expected(head_.status)) {
        finish(OutcomeKind::succeeded, {});
        return;
    }
    quoted_.finish([this](std::string_view shown) { quote(shown); });
    std::string reason = "status " + status_text(head_) + ", expected " + expected_text(request());
    if (is_redirect(head_.status) && !head_.location.empty()) {
        reason += "; it leads to " + masked(head_.location).substr(0, most_quoted);
    }
    if (!first_line_.empty()) reason += ": " + first_line_;
    finish(OutcomeKind::failed, reason);
}

void HttpRun::stop() {
    if (!finished_)
        finish(mutated(HttpMutant::stop_is_a_failure) ? OutcomeKind::failed : OutcomeKind::killed,
               "terminated while " + phase_);
}

void HttpRun::timeout_passed() {
    timeout_timer_.reset();
    if (finished_) return;
    finish(OutcomeKind::timed_out,
           "timeout of " + seconds_text(request().timeout) + " while " + phase_);
}

void HttpRun::fail_with(const std::string& reason) { finish(OutcomeKind::failed, reason); }

void HttpRun::finish(OutcomeKind kind, const std::string& reason) {
    finished_ = true;
    if (timeout_timer_) context_->clock.cancel(*timeout_timer_);
    timeout_timer_.reset();
    if (exchange_) exchange_->cancel();
    exchange_.reset();
    auto output = output_ ? output_->finish() : nullptr;
    Outcome outcome;
    outcome.kind = kind;
    if (has_begun_) {
        outcome.started = started_at_;
        outcome.duration = context_->clock.boot_now() - started_at_;
    }
    outcome.reason = mutated(HttpMutant::reason_shows_secret) ? reason : masked(reason);
    if (head_.status != 0) outcome.result = status_text(head_);
    const auto self = shared_from_this();
    finished_hook_(*this);
    observer_.finished_with_output(execution_, std::move(outcome), std::move(output));
}

}  // namespace quantum
