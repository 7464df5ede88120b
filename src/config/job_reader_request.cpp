#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/http_request.hpp"

#include "config/job_keys.hpp"
#include "config/job_reader.hpp"

// What a job asks a server for.
namespace quantum::config {
namespace {

/// "204", "2xx", "200-299".
std::optional<HttpStatusRange> status_range(std::string_view text) {
    const auto number = [](std::string_view digits) -> std::optional<std::uint16_t> {
        std::uint16_t value = 0;
        const char* const end = digits.data() + digits.size();
        const auto [rest, error] = std::from_chars(digits.data(), end, value);
        if (error != std::errc() || rest != end) return std::nullopt;
        return value;
    };
    if (text.size() == 3 && text.substr(1) == "xx" && text[0] >= '2' && text[0] <= '5') {
        const auto hundred = static_cast<std::uint16_t>((text[0] - '0') * 100);
        return HttpStatusRange{hundred, static_cast<std::uint16_t>(hundred + 99)};
    }
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto first = number(text.substr(0, dash));
    const auto last = dash == text.size() ? first : number(text.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    return HttpStatusRange{*first, *last};
}

}  // namespace

void JobReader::read_request(const TomlSetting& what) {
    for (const std::string_view name : command_keys()) {
        const auto own = own_->find(name);
        if (own == own_->end()) continue;
        in_.refuse_key(own->second, "'" + std::string(name) +
                                        "' concerns commands, and this job sends a request");
    }
    const toml::table* const table = in_.table(what);
    if (table == nullptr) return;
    HttpRequest request;
    const std::vector<TomlSetting> parts = TomlReader::settings(*table);
    for (const TomlSetting& part : parts) {
        if (part.key == "url") {
            request.url = in_.text(part).value_or("");
        } else if (part.key == "method") {
            request.method = in_.text(part).value_or(request.method);
        } else if (part.key == "headers") {
            read_headers(part, request);
        } else if (part.key == "secret_headers") {
            read_secret_headers(part, request);
        } else if (part.key == "body") {
            request.body = in_.text(part).value_or("");
        } else if (part.key == "status") {
            read_statuses(part, request);
        } else if (part.key == "ca_file") {
            request.ca_file = in_.text(part).value_or("");
        } else if (part.key == "redirects") {
            if (const auto redirects = in_.integer(part, 0, 50)) {
                request.redirects = static_cast<std::uint32_t>(*redirects);
            }
        } else if (part.key == "local_redirects") {
            request.local_redirects = in_.boolean(part).value_or(false);
        } else if (part.key == "max_response") {
            request.max_response = in_.size(part);
        } else {
            in_.unknown(part, "a request", request_keys);
        }
    }
    if (const TomlSetting* const setting = find("timeout")) {
        request.timeout = in_.duration(*setting).value_or(request.timeout);
    }
    request.output_file = read_output_file();
    const Status set = job_.set_task(std::move(request));
    if (set) return;
    const auto named = std::find_if(parts.begin(), parts.end(), [&set](const TomlSetting& part) {
        return set.error().message.starts_with(std::string(part.key) + ":");
    });
    in_.check(named == parts.end() ? what : *named, set);
}

void JobReader::read_headers(const TomlSetting& setting, HttpRequest& request) {
    const toml::table* const table = in_.table(setting);
    if (table == nullptr) return;
    for (const TomlSetting& header : TomlReader::settings(*table)) {
        const std::string name(header.key);
        if (!header.value->is_array()) {
            if (auto value = in_.text(header))
                request.headers.emplace_back(name, std::move(*value));
            continue;
        }
        for (auto& value : in_.texts(header).value_or(std::vector<std::string>())) {
            request.headers.emplace_back(name, std::move(value));
        }
    }
}

/// Authorization = "api-token", or { secret = "api-token", before = "Bearer " }.
void JobReader::read_secret_headers(const TomlSetting& setting, HttpRequest& request) {
    const toml::table* const table = in_.table(setting);
    if (table == nullptr) return;
    for (const TomlSetting& header : TomlReader::settings(*table)) {
        SecretHeader secret{.header = std::string(header.key), .secret = {}};
        std::optional<std::string> name;
        const TomlSetting* named = &header;
        TomlSetting part;
        if (!header.value->is_table()) {
            name = in_.text(header);
        } else {
            for (const TomlSetting& one : TomlReader::settings(*header.value->as_table())) {
                if (one.key == "secret") {
                    name = in_.text(one);
                    part = one;
                    named = &part;
                } else if (one.key == "before") {
                    secret.before = in_.text(one).value_or("");
                } else {
                    in_.unknown(one, "a secret header", secret_header_keys);
                }
            }
            if (named == &header) in_.refuse(header, "names no secret: secret = \"…\"");
        }
        if (!name) continue;
        secret.secret = secret_place(*named, std::move(*name));
        request.secret_headers.push_back(std::move(secret));
    }
}

void JobReader::read_statuses(const TomlSetting& setting, HttpRequest& request) {
    constexpr std::string_view allowed = R"(a status is wanted, or several: 204, "2xx", "200-299")";
    std::vector<const toml::node*> nodes{setting.value};
    if (const auto* const list = setting.value->as_array()) {
        nodes.clear();
        for (const toml::node& node : *list) nodes.push_back(&node);
    }
    std::vector<HttpStatusRange> ranges;
    for (const toml::node* const node : nodes) {
        std::optional<HttpStatusRange> range;
        if (const auto* const number = node->as_integer()) {
            range = status_range(std::to_string(number->get()));
        } else if (const auto* const text = node->as_string()) {
            range = status_range(text->get());
        }
        if (range) {
            ranges.push_back(*range);
        } else {
            in_.refuse(TomlReader::element(setting, *node), std::string(allowed));
        }
    }
    if (ranges.size() == nodes.size()) request.expected_status = std::move(ranges);
}

}  // namespace quantum::config
