#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/http_request.hpp"
#include "quantum/runner/runner.hpp"

#include "run/http/apart_reads.hpp"
#include "run/http/exchange.hpp"
#include "run/http/hop.hpp"
#include "run/http/http_runner.hpp"
#include "run/http/name_lookups.hpp"
#include "run/output/run_output.hpp"
#include "run/output/secret_mask.hpp"

namespace quantum::run {

/// Shared by all requests of a runner.
struct HttpContext {
    HttpContext(HttpStrand on, Clock& the_clock, HttpRunnerOptions its_options)
        : strand(std::move(on)), clock(the_clock), options(std::move(its_options)) {}

    HttpStrand strand;
    Clock& clock;
    const HttpRunnerOptions options;
    NameLookups lookups;
    ApartReads reads;
};

/// An execution of an HttpRequest, from the name lookup through its redirects to the last byte of
/// the response.
///
/// Files are read on other threads, because they may be on a server that does not respond; the
/// timeout of the request covers that too.
///
/// Owned by: the runner until it has finished.
/// Threads: every method on the context's strand.
class HttpRun final : public HttpListener, public std::enable_shared_from_this<HttpRun> {
public:
    /// `finished` is called once, just before the observer is notified.
    HttpRun(std::shared_ptr<HttpContext> context, Execution execution, RunObserver& observer,
            std::function<void(HttpRun&)> finished);

    void begin();
    /// Closes the connection and finishes as killed.
    void stop();

    [[nodiscard]] const Execution& execution() const { return execution_; }

    void phase(std::string what) override { phase_ = std::move(what); }
    [[nodiscard]] bool head(HttpHead head) override;
    void body(std::string_view bytes) override;
    void ended(std::string error) override;

private:
    using Addresses = NameLookups::Addresses;

    [[nodiscard]] const HttpRequest& request() const;
    /// What is read before anything is sent.
    struct Secrets {
        Status read{};
        std::vector<std::pair<std::string, std::string>> headers{};
        std::vector<std::string> values{};
    };
    [[nodiscard]] static Secrets read_secrets_of(const HttpRequest& request,
                                                 const std::string& directory);
    void prepared(Secrets secrets);
    void read_certificates();
    void contact();
    void found(Addresses addresses);
    [[nodiscard]] bool is_expected(unsigned status) const;
    void classify_response();
    void quote(std::string_view bytes);
    [[nodiscard]] std::string masked(std::string_view text) const;
    void timeout_passed();
    void fail_with(const std::string& reason);
    void finish(OutcomeKind kind, const std::string& reason);

    std::shared_ptr<HttpContext> context_;
    Execution execution_;
    RunObserver& observer_;
    std::function<void(HttpRun&)> finished_hook_;

    BootTime started_at_{};
    bool has_begun_ = false;  ///< false: its secrets or its address could not be read
    std::optional<Clock::TimerId> timeout_timer_;
    std::shared_ptr<HttpExchange> exchange_;
    bool finished_ = false;

    HttpHop hop_;
    std::shared_ptr<TlsTrust> trust_;  ///< whose certificates count; once TLS is spoken
    std::string phase_;

    HttpHead head_;
    bool redirected_ = false;
    std::uint64_t received_ = 0;
    std::string first_line_;
    bool first_line_whole_ = false;

    std::vector<std::pair<std::string, std::string>> secret_headers_;
    std::vector<std::string> secrets_;  ///< their values, not to be shown
    SecretMask quoted_;                 ///< of the first line
    std::optional<RunOutput> output_;
};

}  // namespace quantum::run
