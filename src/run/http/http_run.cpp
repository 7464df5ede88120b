#include "run/http/http_run.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "base/trusted_file.hpp"
#include "model/request_check.hpp"
#include "run/http/address.hpp"
#include "run/http/mutant.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/output_log.hpp"
#include "run/process/command_secrets.hpp"

namespace quantum::run {
namespace {

namespace asio = boost::asio;

// Of the answer's first line, in a reason.
constexpr std::size_t most_quoted = 200;

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
    const auto file =
        base::open_trusted(path, geteuid() == 0 && !mutated(HttpMutant::certificates_of_anybody)
                                     ? base::FileTrust::root
                                     : base::FileTrust::anybody);
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
    auto hop = HttpHop::to(request());
    if (!hop) {
        fail_with(hop.error().message);
        return;
    }
    hop_ = std::move(*hop);
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
    if (hop_.url().tls && !trust_) {
        read_certificates();
        return;
    }
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(hop_.url().host, not_literal);
    if (!not_literal) {
        found(std::vector{literal});
        return;
    }
    phase_ = "looking up '" + hop_.url().host + "'";
    context_->lookups.find(hop_.url().host, weak_from_this(),
                           [weak = weak_from_this()](Addresses given) {
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
    if (hop_.redirects() > 0 && !request().local_redirects &&
        !mutated(HttpMutant::redirect_to_itself)) {
        const std::string first = addresses->front().to_string();
        if (addresses->size() == 1 || !mutated(HttpMutant::one_local_address_is_left))
            std::erase_if(*addresses, is_local_address);
        if (addresses->empty()) {
            fail_with("a redirect leads to " + hop_.url().text() + ", which is " + first +
                      ", a loopback, link-local or unspecified address; local_redirects allows it");
            return;
        }
    }
    exchange_ = HttpExchange::start(
        context_->strand, context_->clock,
        hop_.message(execution_, request(), secret_headers_, std::move(*addresses), trust_), *this);
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
    if (const std::string fault = hop_.follow(request(), head_, location); !fault.empty()) {
        fail_with(fault);
        return;
    }
    if (mutated(HttpMutant::timeout_per_hop) && timeout_timer_) {
        context_->clock.cancel(*timeout_timer_);
        timeout_timer_.reset();
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

}  // namespace quantum::run
