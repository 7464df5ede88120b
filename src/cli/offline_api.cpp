#include "cli/offline_api.hpp"

#include <string>
#include <utility>

#include "config/account.hpp"

namespace quantum::cli {

OfflineApi::OfflineApi(std::filesystem::path directory, std::unique_ptr<SqliteLedger> ledger)
    : directory_(directory),
      engine_(std::move(directory), std::move(ledger)),
      loop_(std::make_shared<server::InlineLoop>()),
      api_(engine_, loop_, server::Tokens(), {{}, "0", [] { return BootTime(); }}) {}

client::Answer OfflineApi::ask(const client::Question& question) {
    server::Request request;
    request.method = server::method_named(question.method);
    request.target = question.target;
    for (const auto& [name, value] : question.headers) {
        request.headers.emplace_back(server::lowercase(name), value);
    }
    request.headers.emplace_back("host", "quantum");
    if (!question.body.empty()) request.headers.emplace_back("content-type", "application/json");
    request.body = question.body;
    request.peer = {server::Role::admin, "cli:" + config::own_account().name, "cli", true, false};
    client::Answer answer;
    api_.handle(std::move(request), [&answer](server::Response response) {
        answer.status = response.status;
        for (const auto& [name, value] : response.headers) {
            answer.headers.emplace_back(server::lowercase(name), value);
        }
        answer.body = std::move(response.body);
    });
    loop_->run();
    return answer;
}

}  // namespace quantum::cli
