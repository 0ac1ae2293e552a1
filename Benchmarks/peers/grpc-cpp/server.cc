// gRPC C++ on the benchmark's workload: the callback API, TLS, nothing else on.
//
//   usage: PEER_CERT=FILE PEER_KEY=FILE grpc-cpp-server PORT
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "bench.grpc.pb.h"

namespace {

constexpr int kMessageBytes = 8 << 20;
constexpr int kStreams = 1000;

std::string Contents(const char* variable) {
  const char* path = std::getenv(variable);
  std::ifstream file(path ? path : "");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Service final : public bench::Bench::CallbackService {
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context,
                                 const bench::Request* request,
                                 bench::Response* response) override {
    response->set_id(request->id());
    response->set_greeting("Hello, " + request->name());
    response->set_total(request->amount() * 3 + 1);
    response->set_ok(request->active());
    response->set_note("processed by the benchmark service ok, no error");
    return Finish(context);
  }

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const bench::Blob* request,
                                 bench::Blob* response) override {
    *response = *request;
    return Finish(context);
  }

  static grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: PEER_CERT=FILE PEER_KEY=FILE grpc-cpp-server PORT\n";
    return 64;
  }
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({Contents("PEER_KEY"), Contents("PEER_CERT")});
  Service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + arguments[1],
                           grpc::SslServerCredentials(tls));
  builder.SetMaxReceiveMessageSize(kMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreams);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
