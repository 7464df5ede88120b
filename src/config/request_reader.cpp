#include "config/request_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/job_keys.hpp"
#include "config/task_settings.hpp"

namespace quantum::config {
namespace {

/// "204", "2xx", "200-299".
std::optional<HttpStatusRange> status_range(std::string_view text) {
    const auto number = [](std::string_view written) -> std::optional<std::uint16_t> {
        std::uint16_t value = 0;
        const char* const end = written.data() + written.size();
        const auto [rest, error] = std::from_chars(written.data(), end, value);
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

/// Those that no request may have.
std::vector<std::string_view> command_keys() {
    std::vector<std::string_view> names;
    for (const JobKey& key : job_keys) {
        if (key.use == Use::command || key.use == Use::own_command) names.push_back(key.name);
    }
    return names;
}

}  // namespace

void RequestReader::read(const TomlSetting& what, Job& read) const {
    for (const std::string_view name : command_keys()) {
        const auto own = job_.settings.own.find(name);
        if (own == job_.settings.own.end()) continue;
        job_.in.refuse_key(own->second, "'" + std::string(name) +
                                            "' applies to commands, but this job sends a request");
    }
    const toml::table* const table = job_.in.table(what);
    if (table == nullptr) return;
    HttpRequest request;
    const std::vector<TomlSetting> parts = TomlReader::settings(*table);
    for (const TomlSetting& part : parts) {
        if (part.key == "url") {
            request.url = job_.in.text(part).value_or("");
        } else if (part.key == "method") {
            request.method = job_.in.text(part).value_or(request.method);
        } else if (part.key == "headers") {
            read_headers(part, request);
        } else if (part.key == "secret_headers") {
            read_secret_headers(part, request);
        } else if (part.key == "body") {
            request.body = job_.in.text(part).value_or("");
        } else if (part.key == "status") {
            read_statuses(part, request);
        } else if (part.key == "ca_file") {
            request.ca_file = job_.in.text(part).value_or("");
        } else if (part.key == "redirects") {
            if (const auto redirects = job_.in.integer(part, 0, 50)) {
                request.redirects = static_cast<std::uint32_t>(*redirects);
            }
        } else if (part.key == "local_redirects") {
            request.local_redirects = job_.in.boolean(part).value_or(false);
        } else if (part.key == "max_response") {
            request.max_response = job_.in.size(part);
        } else {
            job_.in.unknown(part, "a request", request_keys);
        }
    }
    if (const TomlSetting* const setting = job_.find("timeout")) {
        request.timeout = job_.in.duration(*setting).value_or(request.timeout);
    }
    request.output_file = read_output_file(job_);
    const Status set = read.set_task(std::move(request));
    if (set) return;
    const auto named = std::find_if(parts.begin(), parts.end(), [&set](const TomlSetting& part) {
        return set.error().message.starts_with(std::string(part.key) + ":");
    });
    job_.in.check(named == parts.end() ? what : *named, set);
}

void RequestReader::read_headers(const TomlSetting& setting, HttpRequest& request) const {
    const toml::table* const table = job_.in.table(setting);
    if (table == nullptr) return;
    for (const TomlSetting& header : TomlReader::settings(*table)) {
        const std::string name(header.key);
        if (!header.value->is_array()) {
            if (auto value = job_.in.text(header))
                request.headers.emplace_back(name, std::move(*value));
            continue;
        }
        for (auto& value : job_.in.texts(header).value_or(std::vector<std::string>())) {
            request.headers.emplace_back(name, std::move(value));
        }
    }
}

/// Authorization = "api-token", or { secret = "api-token", before = "Bearer " }.
void RequestReader::read_secret_headers(const TomlSetting& setting, HttpRequest& request) const {
    const toml::table* const table = job_.in.table(setting);
    if (table == nullptr) return;
    for (const TomlSetting& header : TomlReader::settings(*table)) {
        SecretHeader secret{.header = std::string(header.key), .secret = {}};
        std::optional<std::string> name;
        const TomlSetting* named = &header;
        TomlSetting part;
        if (!header.value->is_table()) {
            name = job_.in.text(header);
        } else {
            for (const TomlSetting& one : TomlReader::settings(*header.value->as_table())) {
                if (one.key == "secret") {
                    name = job_.in.text(one);
                    part = one;
                    named = &part;
                } else if (one.key == "before") {
                    secret.before = job_.in.text(one).value_or("");
                } else {
                    job_.in.unknown(one, "a secret header", secret_header_keys);
                }
            }
            if (named == &header) job_.in.refuse(header, "does not name a secret: secret = \"…\"");
        }
        if (!name) continue;
        secret.secret = secret_place(job_, *named, std::move(*name));
        request.secret_headers.push_back(std::move(secret));
    }
}

void RequestReader::read_statuses(const TomlSetting& setting, HttpRequest& request) const {
    constexpr std::string_view allowed = R"(must be one or more statuses: 204, "2xx", "200-299")";
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
            job_.in.refuse(TomlReader::element(setting, *node), std::string(allowed));
        }
    }
    if (ranges.size() == nodes.size()) request.expected_status = std::move(ranges);
}

}  // namespace quantum::config
