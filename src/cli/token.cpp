// `quantum token`: rights for TCP.
#include <string>

#include <boost/json.hpp>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/short_when.hpp"
#include "cli/table.hpp"
#include "config/diagnostic.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

int list_tokens(ApiLink& link, const ApiOptions& api) {
    const Asked asked = ask(link, {.target = "/v1/tokens"});
    if (!asked.is_good()) return asked.code;
    Output out(standard_output);
    const Style style(standard_output);
    const ShortWhen when(table_zone(api.zone), now().value_or(WallTime()));
    Table table(
        {{.title = "NAME"}, {.title = "ROLE"}, {.title = "EXPIRES"}, {.title = "LAST USED"}},
        terminal_width(standard_output));
    const boost::json::array* const tokens = array_of(asked.body, "tokens");
    for (std::size_t at = 0; tokens != nullptr && at < tokens->size(); ++at) {
        const boost::json::object* const token = (*tokens)[at].if_object();
        if (token == nullptr) continue;
        if (api.json) {
            server::append_value(out.text(), *token);
            out.text() += '\n';
            continue;
        }
        const auto expires = instant_of(*token, "expires");
        const auto used = instant_of(*token, "last_used");
        table.add({{config::printable(text_of(*token, "name"))},
                   {std::string(text_of(*token, "role"))},
                   {expires ? when.text(*expires) : "never"},
                   {used ? when.relative(*used) : "-"}});
    }
    if (!api.json && table.empty()) out.text() += "no token\n";
    if (!api.json && !table.empty()) table.print(out.text(), style);
    return out.flush() ? exit_ok : exit_failure;
}

int add_token(ApiLink& link, const TokenCommand& options) {
    std::string body;
    base::JsonObject members(body);
    members.text("name", options.name);
    members.text("role", options.role);
    if (options.expires) members.text("expires", base::rfc3339(*options.expires));
    members.end();
    const Asked asked = ask(link, {.method = "POST", .target = "/v1/tokens", .body = body});
    if (!asked.is_good()) return asked.code;
    Output out(standard_output);
    if (options.api.json) {
        server::append_value(out.text(), asked.body);
    } else {
        // Alone on its line, for scripts; it is shown this once.
        out.text() += text_of(asked.body, "token");
    }
    out.text() += '\n';
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace

int run(const TokenCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    switch (options.what) {
        case TokenCommand::What::list:
            return list_tokens(*link, options.api);
        case TokenCommand::What::add:
            return add_token(*link, options);
        case TokenCommand::What::remove:
            break;
    }
    return ask(*link, {.method = "DELETE", .target = "/v1/tokens/" + client::encoded(options.name)})
        .code;
}

}  // namespace quantum::cli
