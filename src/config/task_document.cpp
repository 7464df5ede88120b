#include "config/task_document.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "config/crontab.hpp"
#include "config/crontab_jobs.hpp"
#include "config/quantity.hpp"
#include "model/packed_command.hpp"

namespace quantum::config {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& words) {
    json::array array;
    for (const std::string& word : words) array.emplace_back(word);
    return array;
}

std::string octal_text(unsigned mask) {
    std::string text;
    for (int shift = 6; shift >= 0; shift -= 3) {
        text += static_cast<char>('0' + ((mask >> static_cast<unsigned>(shift)) & 7U));
    }
    return text;
}

/// "204", "2xx", "200-299".
std::string status_text(const HttpStatusRange& range) {
    if (range.first == range.last) return std::to_string(range.first);
    if (range.first % 100 == 0 && range.last == range.first + 99) {
        return std::to_string(range.first / 100) + "xx";
    }
    return std::to_string(range.first) + '-' + std::to_string(range.last);
}

void write_output_file(json::object& document, const std::optional<OutputFile>& file) {
    if (!file) return;
    const OutputFile usual;
    if (file->max_size == usual.max_size && file->keep == usual.keep) {
        document["output_file"] = file->path;
        return;
    }
    document["output_file"] =
        json::object{{"path", file->path}, {"max_size", file->max_size}, {"keep", file->keep}};
}

/// What differs from what cron gives every command of the account.
void write_environment(json::object& document, const Command& command, const Account& account) {
    const Environment base = base_environment(account, {}, {});
    json::object own;
    for (const auto& [name, value] : command.environment) {
        if (find_variable(base, name) != value) own[name] = value;
    }
    if (!own.empty()) document["env"] = std::move(own);
}

void write_words(json::object& document, const Command& command) {
    const std::string_view shell = find_variable(command.environment, "SHELL").value_or("");
    const std::string_view used = shell.empty() ? std::string_view("/bin/sh") : shell;
    if (command.argv.size() == 3 && command.argv[0] == used && command.argv[1] == "-c") {
        document["shell"] = command.argv[2];
    } else {
        document["command"] = array_of(command.argv);
    }
    if (command.input) document["input"] = *command.input;
}

void write_limits(json::object& document, const ResourceLimits& limits) {
    if (limits == ResourceLimits{}) return;
    json::object table;
    if (limits.address_space) table["address_space"] = *limits.address_space;
    if (limits.cpu_seconds) table["cpu"] = std::to_string(*limits.cpu_seconds) + "s";
    if (limits.open_files) table["open_files"] = *limits.open_files;
    if (limits.processes) table["processes"] = *limits.processes;
    if (limits.file_size) table["file_size"] = *limits.file_size;
    if (limits.core_size) table["core_size"] = *limits.core_size;
    document["limits"] = std::move(table);
}

void write_rights(json::object& document, const Command& command) {
    const Command usual;
    if (!command.user.empty()) document["user"] = command.user;
    if (!command.group.empty()) document["group"] = command.group;
    if (command.new_privileges) document["new_privileges"] = true;
    if (command.file_mode_mask != usual.file_mode_mask) {
        document["umask"] = octal_text(command.file_mode_mask);
    }
    if (command.nice) document["nice"] = *command.nice;
    write_limits(document, command.limits);
}

void write_command(json::object& document, const Command& command, const Account& own) {
    const Command usual;
    Account account = own;
    if (!command.user.empty()) {
        account = find_account(command.user).value_or(Account{command.user, "/"});
    }
    write_words(document, command);
    write_environment(document, command, account);
    if (!command.environment_file.empty()) document["env_file"] = command.environment_file;
    if (!command.secrets.empty()) {
        json::object secrets;
        for (const auto& [variable, secret] : command.secrets) secrets[variable] = secret;
        document["secrets"] = std::move(secrets);
    }
    const std::string_view home = find_variable(command.environment, "HOME").value_or("");
    if (!command.or_in_root || command.working_directory != home) {
        document["working_directory"] = command.working_directory;
    }
    write_rights(document, command);
    if (command.timeout) document["timeout"] = duration_text(*command.timeout);
    if (command.kill_after != usual.kill_after) {
        document["kill_after"] = duration_text(command.kill_after);
    }
    if (command.success_codes != usual.success_codes) {
        document["success_codes"] =
            json::array(command.success_codes.begin(), command.success_codes.end());
    }
    if (command.on_crash) document["on_crash"] = *command.on_crash == OnCrash::end ? "end" : "wait";
    write_output_file(document, command.output_file);
}

json::object headers_object(const HttpRequest& request) {
    json::object headers;
    for (const auto& [name, value] : request.headers) {
        json::value& known = headers[name];
        if (known.is_null()) {
            known = value;
        } else if (known.is_string()) {
            known = json::array{known, value};
        } else {
            known.get_array().emplace_back(value);
        }
    }
    return headers;
}

void write_request(json::object& document, const HttpRequest& request) {
    const HttpRequest usual;
    json::object table;
    table["url"] = request.url;
    if (request.method != usual.method) table["method"] = request.method;
    if (!request.headers.empty()) table["headers"] = headers_object(request);
    if (!request.secret_headers.empty()) {
        json::object headers;
        for (const auto& [header, secret, before] : request.secret_headers) {
            headers[header] = before.empty() ? json::value(secret)
                                             : json::value{{"secret", secret}, {"before", before}};
        }
        table["secret_headers"] = std::move(headers);
    }
    if (!request.body.empty()) table["body"] = request.body;
    if (request.expected_status != usual.expected_status) {
        json::array ranges;
        for (const HttpStatusRange& range : request.expected_status) {
            ranges.emplace_back(status_text(range));
        }
        table["status"] = std::move(ranges);
    }
    if (!request.ca_file.empty()) table["ca_file"] = request.ca_file;
    if (request.redirects != usual.redirects) table["redirects"] = request.redirects;
    if (request.local_redirects) table["local_redirects"] = true;
    if (request.max_response) table["max_response"] = *request.max_response;
    document["http"] = std::move(table);
    if (request.timeout != usual.timeout) document["timeout"] = duration_text(request.timeout);
    write_output_file(document, request.output_file);
}

}  // namespace

void write_task(json::object& document, const Task& task, const Account& own) {
    if (const auto command = model::CommandView::of(task)) {
        write_command(document, command->unfolded(), own);
    } else if (const HttpRequest* const request = request_of(task)) {
        write_request(document, *request);
    }
}

}  // namespace quantum::config
