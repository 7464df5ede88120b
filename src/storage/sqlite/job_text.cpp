#include "storage/sqlite/job_text.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "storage/sqlite/json_reader.hpp"
#include "storage/sqlite/policy_text.hpp"
#include "storage/sqlite/schedule_text.hpp"

namespace quantum::sqlite {
namespace {

json::array pair_array(const TextPairs& pairs) {
    json::array array;
    for (const auto& [name, value] : pairs) array.emplace_back(json::array{name, value});
    return array;
}

json::object command_object(const Command& command) {
    json::object object;
    json::array argv;
    for (const auto& word : command.argv) argv.emplace_back(word);
    object["argv"] = std::move(argv);
    if (!command.environment.empty()) object["environment"] = pair_array(command.environment);
    if (command.input) object["input"] = *command.input;
    if (!command.working_directory.empty()) {
        object["working_directory"] = command.working_directory;
    }
    if (command.timeout) object["timeout_us"] = command.timeout->count();
    if (command.kill_after != Command().kill_after) {
        object["kill_after_us"] = command.kill_after.count();
    }
    return object;
}

json::object request_object(const HttpRequest& request) {
    const HttpRequest usual;
    json::object object;
    object["url"] = request.url;
    if (request.method != usual.method) object["method"] = request.method;
    if (!request.headers.empty()) object["headers"] = pair_array(request.headers);
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
    return object;
}

struct TaskWriter {
    json::object& object;

    void operator()(std::monostate) const {}
    void operator()(const Function&) const { object["function"] = true; }
    void operator()(const ExecutionFunction&) const { object["function"] = true; }
    void operator()(const ContextFunction&) const { object["function"] = true; }
    void operator()(const CoroutineFunction&) const { object["function"] = true; }
    void operator()(const Shared<HandlerCall>& shared) const {
        const HandlerCall& call = *shared;
        object["handler"] = call.name;
        object["arguments"] = call.arguments;
    }
    void operator()(const Shared<Command>& command) const {
        object["command"] = command_object(*command);
    }
    void operator()(const Shared<HttpRequest>& request) const {
        object["http"] = request_object(*request);
    }
};

Result<Command> read_command(const json::object& object) {
    Command command;
    Reader reader(object, "command");
    if (const auto* argv = reader.find("argv"); argv != nullptr && argv->is_array()) {
        for (const auto& word : argv->get_array()) {
            if (!word.is_string()) {
                reader.refuse("argv", "must hold texts");
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
    if (const auto timeout = reader.integer("timeout_us")) command.timeout = Duration(*timeout);
    if (const auto after = reader.integer("kill_after_us")) command.kill_after = Duration(*after);
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

Result<HttpRequest> read_request(const json::object& object) {
    HttpRequest request;
    Reader reader(object, "http");
    request.url = reader.text("url").value_or("");
    if (auto method = reader.text("method")) request.method = std::move(*method);
    request.headers = reader.text_pairs("headers");
    request.body = reader.text("body").value_or("");
    if (const auto* status = reader.find("expected_status"); status != nullptr) {
        request.expected_status.clear();
        const auto* const ranges = status->if_array();
        for (std::size_t i = 0; ranges != nullptr && i < ranges->size(); ++i) {
            if (const auto range = read_range((*ranges)[i])) {
                request.expected_status.push_back(*range);
            } else {
                reader.refuse("expected_status", "must hold pairs of numbers");
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
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return request;
}

}  // namespace

std::string definition_text(const Job& job) {
    json::object object;
    std::visit(TaskWriter{object}, job.task());
    write_policies(object, job);
    if (job.schedule()) write_schedules(object, *job.schedule(), job.name());
    return json::serialize(object);
}

Result<Restored> apply_definition(std::string_view text, Job& job) {
    // Most definitions fit in here: a million of them are read at start.
    std::array<unsigned char, 4096> room;
    json::monotonic_resource memory(room.data(), room.size());
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code wrong;
    const json::value value = json::parse(text, wrong, &memory, options);
    if (wrong || !value.is_object()) {
        return fail(ErrorCode::corrupt, "its definition is no JSON object");
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
        reader.check("command", job.set_task(std::move(*read)));
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
