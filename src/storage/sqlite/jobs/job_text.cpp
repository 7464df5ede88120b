#include "storage/sqlite/jobs/job_text.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/output_file.hpp"

#include "model/packed_command.hpp"
#include "storage/sqlite/jobs/json_reader.hpp"
#include "storage/sqlite/jobs/policy_text.hpp"
#include "storage/sqlite/jobs/schedule_text.hpp"

namespace quantum::sqlite {
namespace {

json::array pair_array(const TextPairs& pairs) {
    json::array array;
    for (const auto& [name, value] : pairs) array.emplace_back(json::array{name, value});
    return array;
}

struct LimitKey {
    std::optional<std::uint64_t> ResourceLimits::*limit;
    std::string_view key;
};
constexpr std::array limit_keys{LimitKey{&ResourceLimits::address_space, "address_space"},
                                LimitKey{&ResourceLimits::cpu_seconds, "cpu_seconds"},
                                LimitKey{&ResourceLimits::open_files, "open_files"},
                                LimitKey{&ResourceLimits::processes, "processes"},
                                LimitKey{&ResourceLimits::file_size, "file_size"},
                                LimitKey{&ResourceLimits::core_size, "core_size"}};

json::object output_file_object(const OutputFile& file) {
    return {{"path", file.path}, {"max_size", file.max_size}, {"keep", file.keep}};
}

constexpr std::array on_crash_words{Word<OnCrash>{OnCrash::end, "end"},
                                    Word<OnCrash>{OnCrash::wait, "wait"}};

// As whom and within which limits it runs; secrets by their names only.
void write_rights(json::object& object, const Command& command) {
    const Command usual;
    if (!command.user.empty()) object["user"] = command.user;
    if (!command.group.empty()) object["group"] = command.group;
    if (command.new_privileges) object["new_privileges"] = true;
    if (command.file_mode_mask != usual.file_mode_mask) object["umask"] = command.file_mode_mask;
    if (command.nice) object["nice"] = *command.nice;
    if (command.limits != usual.limits) {
        json::object limits;
        for (const auto& [limit, key] : limit_keys) {
            if (const auto& most = command.limits.*limit) limits[key] = *most;
        }
        object["limits"] = std::move(limits);
    }
    if (!command.environment_file.empty()) object["environment_file"] = command.environment_file;
    if (!command.secrets.empty()) {
        TextPairs secrets;
        for (const auto& [variable, secret] : command.secrets) {
            secrets.emplace_back(variable, secret);
        }
        object["secrets"] = pair_array(secrets);
    }
    if (command.success_codes != usual.success_codes) {
        object["success_codes"] =
            json::array(command.success_codes.begin(), command.success_codes.end());
    }
}

json::object command_object(const model::CommandView& view) {
    const Command& command = view.common();
    json::object object;
    json::array argv;
    for (const auto& word : view.argv()) argv.emplace_back(word);
    object["argv"] = std::move(argv);
    if (!command.environment.empty()) object["environment"] = pair_array(command.environment);
    if (const auto input = view.input()) object["input"] = *input;
    if (!command.working_directory.empty()) {
        object["working_directory"] = command.working_directory;
    }
    if (command.or_in_root) object["or_in_root"] = true;
    if (command.timeout) object["timeout_us"] = command.timeout->count();
    if (command.kill_after != Command().kill_after) {
        object["kill_after_us"] = command.kill_after.count();
    }
    write_rights(object, command);
    if (const auto file = view.output_file()) object["output_file"] = output_file_object(*file);
    if (command.on_crash) object["on_crash"] = word_of(on_crash_words, *command.on_crash);
    return object;
}

json::object request_object(const HttpRequest& request) {
    const HttpRequest usual;
    json::object object;
    object["url"] = request.url;
    if (request.method != usual.method) object["method"] = request.method;
    if (!request.headers.empty()) object["headers"] = pair_array(request.headers);
    if (!request.secret_headers.empty()) {
        json::array headers;
        for (const auto& [header, secret, before] : request.secret_headers) {
            headers.emplace_back(json::array{header, secret, before});
        }
        object["secret_headers"] = std::move(headers);
    }
    if (!request.body.empty()) object["body"] = request.body;
    if (request.expected_status != usual.expected_status) {
        json::array ranges;
        for (const auto& [first, last] : request.expected_status) {
            ranges.emplace_back(json::array{first, last});
        }
        object["expected_status"] = std::move(ranges);
    }
    if (request.timeout != usual.timeout) object["timeout_us"] = request.timeout.count();
    if (!request.ca_file.empty()) object["ca_file"] = request.ca_file;
    if (request.redirects != usual.redirects) object["redirects"] = request.redirects;
    if (request.local_redirects) object["local_redirects"] = true;
    if (request.max_response) object["max_response"] = *request.max_response;
    if (request.output_file) object["output_file"] = output_file_object(*request.output_file);
    return object;
}

void write_task(json::object& object, const Task& task) {
    if (const HandlerCall* call = handler_of(task)) {
        object["handler"] = call->name;
        object["arguments"] = call->arguments;
    } else if (const auto command = model::CommandView::of(task)) {
        object["command"] = command_object(*command);
    } else if (const HttpRequest* request = request_of(task)) {
        object["http"] = request_object(*request);
    } else {
        object["function"] = true;  // also where it is missing: the job is unbound
    }
}

void read_limits(Reader& reader, ResourceLimits& limits) {
    const auto* const value = reader.find("limits");
    if (value == nullptr) return;
    if (!value->is_object()) {
        reader.refuse("limits", "must be an object");
        return;
    }
    for (const auto& [key, most] : value->get_object()) {
        const auto* const known =
            std::find_if(limit_keys.begin(), limit_keys.end(),
                         [&key = key](const LimitKey& one) { return one.key == key; });
        // What is above the range of int64 comes back as uint64.
        boost::system::error_code error;
        const auto number = most.to_number<std::uint64_t>(error);
        if (known == limit_keys.end() || error) {
            reader.refuse("limits",
                          "'" + std::string(key) + "' is not a limit with a whole number");
            return;
        }
        limits.*known->limit = number;
    }
}

void read_rights(Reader& reader, Command& command) {
    command.user = reader.text("user").value_or("");
    command.group = reader.text("group").value_or("");
    if (const auto* privileges = reader.find("new_privileges"); privileges != nullptr) {
        if (!privileges->is_bool()) reader.refuse("new_privileges", "must be true or false");
        command.new_privileges = privileges->is_bool() && privileges->get_bool();
    }
    if (const auto mask = reader.integer("umask")) {
        command.file_mode_mask = static_cast<unsigned>(*mask);
    }
    if (const auto nice = reader.integer("nice")) command.nice = static_cast<int>(*nice);
    read_limits(reader, command.limits);
    command.environment_file = reader.text("environment_file").value_or("");
    for (auto& [variable, secret] : reader.text_pairs("secrets")) {
        command.secrets.push_back({std::move(variable), std::move(secret)});
    }
    if (const auto* codes = reader.find("success_codes"); codes != nullptr) {
        command.success_codes.clear();
        for (const auto& code : codes->is_array() ? codes->get_array() : json::array()) {
            command.success_codes.push_back(code.is_int64() ? static_cast<int>(code.get_int64())
                                                            : -1);  // refused with the command
        }
    }
}

std::optional<OutputFile> read_output_file(Reader& reader) {
    const json::object* const object = reader.object("output_file");
    if (object == nullptr) return std::nullopt;
    Reader parts(*object, "output_file");
    OutputFile file;
    file.path = parts.text("path").value_or("");
    file.max_size = static_cast<std::uint64_t>(parts.integer("max_size").value_or(0));
    file.keep = static_cast<std::uint32_t>(parts.integer("keep").value_or(-1));
    reader.check(parts.finish());
    return file;
}

Result<Command> read_command(const json::object& object) {
    Command command;
    Reader reader(object, "command");
    if (const auto* argv = reader.find("argv"); argv != nullptr && argv->is_array()) {
        for (const auto& word : argv->get_array()) {
            if (!word.is_string()) {
                reader.refuse("argv", "must contain strings");
                break;
            }
            command.argv.emplace_back(word.get_string());
        }
    } else {
        reader.refuse("argv", "must be an array");
    }
    command.environment = reader.text_pairs("environment");
    command.input = reader.text("input");
    command.working_directory = reader.text("working_directory").value_or("");
    command.or_in_root = reader.flag("or_in_root");
    if (const auto timeout = reader.integer("timeout_us")) command.timeout = Duration(*timeout);
    if (const auto after = reader.integer("kill_after_us")) command.kill_after = Duration(*after);
    read_rights(reader, command);
    command.output_file = read_output_file(reader);
    command.on_crash = reader.word("on_crash", on_crash_words);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return command;
}

std::optional<HttpStatusRange> read_range(const json::value& value) {
    const auto* const pair = value.if_array();
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    boost::system::error_code wrong;
    const auto first = (*pair)[0].to_number<std::uint16_t>(wrong);
    if (wrong) return std::nullopt;
    const auto last = (*pair)[1].to_number<std::uint16_t>(wrong);
    if (wrong) return std::nullopt;
    return HttpStatusRange{first, last};
}

std::optional<SecretHeader> read_secret_header(const json::value& value) {
    const auto* const texts = value.if_array();
    if (texts == nullptr || texts->size() != 3) return std::nullopt;
    for (const json::value& text : *texts) {
        if (!text.is_string()) return std::nullopt;
    }
    return SecretHeader{std::string((*texts)[0].get_string()),
                        std::string((*texts)[1].get_string()),
                        std::string((*texts)[2].get_string())};
}

Result<HttpRequest> read_request(const json::object& object) {
    HttpRequest request;
    Reader reader(object, "http");
    request.url = reader.text("url").value_or("");
    if (auto method = reader.text("method")) request.method = std::move(*method);
    request.headers = reader.text_pairs("headers");
    if (const auto* secrets = reader.find("secret_headers"); secrets != nullptr) {
        const auto* const list = secrets->if_array();
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            if (auto header = read_secret_header((*list)[i])) {
                request.secret_headers.push_back(*std::move(header));
            } else {
                reader.refuse("secret_headers", "must contain lists of three strings");
            }
        }
        if (list == nullptr) reader.refuse("secret_headers", "must be an array");
    }
    request.body = reader.text("body").value_or("");
    if (const auto* status = reader.find("expected_status"); status != nullptr) {
        request.expected_status.clear();
        const auto* const ranges = status->if_array();
        for (std::size_t i = 0; ranges != nullptr && i < ranges->size(); ++i) {
            if (const auto range = read_range((*ranges)[i])) {
                request.expected_status.push_back(*range);
            } else {
                reader.refuse("expected_status", "must contain pairs of numbers");
            }
        }
    }
    if (const auto timeout = reader.integer("timeout_us")) request.timeout = Duration(*timeout);
    request.ca_file = reader.text("ca_file").value_or("");
    if (const auto redirects = reader.integer("redirects")) {
        request.redirects = static_cast<std::uint32_t>(*redirects);
    }
    if (reader.find("local_redirects") != nullptr) request.local_redirects = true;
    if (const auto most = reader.integer("max_response")) {
        request.max_response = static_cast<std::uint64_t>(*most);
    }
    request.output_file = read_output_file(reader);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return request;
}

}  // namespace

std::string definition_text(const Job& job) {
    json::object object;
    write_task(object, job.task());
    write_policies(object, job);
    if (job.schedule()) write_schedules(object, *job.schedule(), job.name());
    return json::serialize(object);
}

Result<Restored> apply_definition(std::string_view text, Job& job,
                                  model::CommonCommands& commands) {
    // Most definitions fit in here: a million of them are read at start.
    std::array<unsigned char, 4096> room;
    json::monotonic_resource memory(room.data(), room.size());
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code wrong;
    const json::value value = json::parse(text, wrong, &memory, options);
    if (wrong || !value.is_object()) {
        return fail(ErrorCode::corrupt, "its definition is not a JSON object");
    }

    Restored restored;
    Reader reader(value.get_object(), "definition");
    if (reader.find("function") != nullptr) restored.own_task = true;
    if (const auto handler = reader.text("handler")) {
        HandlerCall call{*handler, reader.text("arguments").value_or("")};
        reader.check("handler", job.set_task(std::move(call)));
    }
    if (const auto* command = reader.find("command"); command != nullptr) {
        const auto* const members = command->if_object();
        if (members == nullptr) return fail(ErrorCode::corrupt, "command: must be an object");
        auto read = read_command(*members);
        if (!read) return tl::unexpected(std::move(read).error());
        reader.check("command", job.set_task(commands.task_of(std::move(*read))));
    }
    if (const auto* http = reader.find("http"); http != nullptr) {
        const auto* const members = http->if_object();
        if (members == nullptr) return fail(ErrorCode::corrupt, "http: must be an object");
        auto read = read_request(*members);
        if (!read) return tl::unexpected(std::move(read).error());
        reader.check("http", job.set_task(std::move(*read)));
    }
    read_policies(reader, job, restored);
    read_schedules(reader, job.name(), restored);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return restored;
}

}  // namespace quantum::sqlite
