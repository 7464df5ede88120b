#include "model/request_check.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "model/mutant.hpp"
#include "model/secret_name.hpp"
#include "model/url.hpp"

namespace quantum::model {
namespace {

constexpr std::size_t most_header_bytes = std::size_t{16} * 1024;
constexpr std::size_t most_body_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::uint32_t most_redirects = 50;

// They say where a message ends or what becomes of the connection: not the user's.
constexpr std::array<std::string_view, 9> framing{
    "connection", "content-length",    "expect",  "keep-alive", "proxy-connection",
    "te",         "transfer-encoding", "trailer", "upgrade"};

tl::unexpected<Error> refuse_request(std::string message) {
    return fail(ErrorCode::invalid_argument, std::move(message));
}

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               marks.find(c) != std::string_view::npos;
    });
}

std::string header_named(std::string_view name) {
    constexpr std::size_t shown = 60;
    return "header '" + std::string(name.substr(0, shown)) + "': ";
}

Status check_method(std::string_view method) {
    const bool plain = !method.empty() && std::all_of(method.begin(), method.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || c == '-';
    });
    if (!plain) return refuse_request("method: must be an uppercase word such as GET or POST");
    if (method == "CONNECT" || method == "TRACE") {
        return refuse_request("method: " + std::string(method) + " is not allowed");
    }
    return {};
}

Status check_header(std::string_view name, std::string_view value) {
    // Shown only where it is one: it may hold anything.
    if (!is_token(name)) {
        return refuse_request("headers: a name must be letters, digits or one of !#$%&'*+-.^_`|~");
    }
    if (!mutated(ModelMutant::framing_may_be_set) &&
        std::any_of(framing.begin(), framing.end(),
                    [name](std::string_view known) { return same_header(name, known); })) {
        return refuse_request(header_named(name) + "is set by the program itself");
    }
    const auto control = std::find_if(value.begin(), value.end(), [](unsigned char c) {
        return (c < 0x20 && (c != '\t' || mutated(ModelMutant::tab_is_a_control))) ||
               (c == 0x7F && !mutated(ModelMutant::delete_is_no_control));
    });
    if (control != value.end()) {
        const bool line = *control == '\r' || *control == '\n';
        return refuse_request(header_named(name) + "byte " +
                              std::to_string(control - value.begin() + 1) + " of the value is a " +
                              (line ? "line break" : "control character"));
    }
    return {};
}

Status check_headers(const HttpRequest& request) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : request.headers) {
        if (auto checked = check_header(name, value); !checked) return checked;
        bytes += name.size() + value.size() + 4;
    }
    for (const SecretHeader& secret : request.secret_headers) {
        if (auto checked = check_header(secret.header, secret.before); !checked) return checked;
        if (auto checked = check_secret_name(secret.secret); !checked) {
            return tl::unexpected(std::move(checked).error().within("secret_headers"));
        }
        bytes += secret.header.size() + secret.before.size() + 4;
    }
    if (bytes > most_header_bytes) {
        return refuse_request("headers: have " + std::to_string(bytes) + " bytes, at most " +
                              std::to_string(most_header_bytes) + " are allowed");
    }
    return {};
}

Status check_status(const HttpRequest& request) {
    if (request.expected_status.empty())
        return refuse_request("expected status: must not be empty");
    for (const auto& [first, last] : request.expected_status) {
        if (first < 200 || last > 599 || first > last) {
            return refuse_request("expected status: " + std::to_string(first) + " to " +
                                  std::to_string(last) + " is not within 200 to 599");
        }
    }
    return {};
}

}  // namespace

bool same_header(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

Status check_http_request(const HttpRequest& request) {
    if (auto url = parse_http_url(request.url); !url) {
        return tl::unexpected(std::move(url).error());
    }
    if (auto checked = check_method(request.method); !checked) return checked;
    if (auto checked = check_headers(request); !checked) return checked;
    if (request.body.size() > most_body_bytes) return refuse_request("body: is larger than 16 MiB");
    if (auto checked = check_status(request); !checked) return checked;
    if (request.output_file) {
        if (auto checked = check_output_file(*request.output_file); !checked) return checked;
    }
    if (request.timeout <= Duration::zero()) return refuse_request("timeout: must be positive");
    if (request.redirects > most_redirects)
        return refuse_request("redirects: at most 50 are allowed");
    return {};
}

}  // namespace quantum::model
