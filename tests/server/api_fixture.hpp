#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/api.hpp"
#include "server/fake_engine.hpp"
#include "server/inline_loop.hpp"

namespace quantum::server {

/// The API over an engine in the test's hands, on no thread but the test's.
struct ApiTest : testing::Test {
    FakeEngine engine;
    std::shared_ptr<InlineLoop> loop = std::make_shared<InlineLoop>();
    BootTime boot{};
    std::unique_ptr<Api> api;

    ApiTest() {
        api = std::make_unique<Api>(engine, loop, Tokens(),
                                    ApiOptions{{"db7.example.org"}, "7", [this] { return boot; }});
    }

    static Peer peer(Role role, std::string actor = "api:oncall") {
        return {role, actor, actor, true, false};
    }

    using Headers = std::vector<std::pair<std::string, std::string>>;

    static Request request(Method method, std::string target, std::string body = {},
                           Headers headers = {}) {
        Request made;
        made.method = method;
        made.target = std::move(target);
        made.body = std::move(body);
        made.headers = std::move(headers);
        if (!made.body.empty() && !made.header("content-type")) {
            made.headers.emplace_back("content-type", "application/json");
        }
        made.peer = peer(Role::admin);
        return made;
    }

    /// Sends it; the answer, if there is one by the time that nothing is left to do.
    std::optional<Response> send(Request sent) {
        auto answer = std::make_shared<std::optional<Response>>();
        api->handle(std::move(sent), [answer](Response response) {
            EXPECT_FALSE(answer->has_value()) << "answered twice";
            *answer = std::move(response);
        });
        loop->run();
        last_ = answer;
        return *answer;
    }
    /// The answer to the last request, which may have come since.
    [[nodiscard]] const std::optional<Response>& last() const { return *last_; }

    Response get(const std::string& target) { return must(request(Method::get, target)); }
    Response post(const std::string& target, const std::string& body = "{}", Headers headers = {}) {
        return must(request(Method::post, target, body, std::move(headers)));
    }
    Response must(Request sent) {
        boot += std::chrono::seconds(1);  // so that nobody is too fast
        auto answer = send(std::move(sent));
        EXPECT_TRUE(answer.has_value());
        return answer.value_or(Response{.status = 0});
    }

    static boost::json::object json(const Response& response) {
        boost::json::error_code error;
        boost::json::value value = boost::json::parse(response.body, error);
        EXPECT_FALSE(error) << response.body;
        return value.is_object() ? value.get_object() : boost::json::object();
    }
    static std::string text(const boost::json::object& object, std::string_view key) {
        const boost::json::value* const value = object.if_contains(key);
        if (value == nullptr || !value->is_string()) return {};
        return std::string(value->get_string().data(), value->get_string().size());
    }
    static std::string header(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers) {
            if (key == name) return value;
        }
        return {};
    }
    /// "urn:quantum:problem:NAME" -> NAME; empty: it is no problem document.
    static std::string problem(const Response& response) {
        if (response.type != "application/problem+json") return {};
        const std::string type = text(json(response), "type");
        return type.substr(type.rfind(':') + 1);
    }
    static std::vector<std::string> names(const Response& response, std::string_view list,
                                          std::string_view member = "name") {
        std::vector<std::string> found;
        const boost::json::object body = json(response);
        for (const boost::json::value& one : body.at(list).get_array()) {
            found.push_back(text(one.get_object(), member));
        }
        return found;
    }

    /// Tells the API what telemetry would have told.
    void tell(FeedEvent event) {
        Feed::Taken taken;
        taken.events.push_back(std::move(event));
        api->take(std::move(taken));
        loop->run();
    }

private:
    std::shared_ptr<std::optional<Response>> last_;
};

}  // namespace quantum::server
