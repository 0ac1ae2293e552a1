"""Talks to a Berth server: who am I, which deployments are there, and what happens to them.

  example.py [options] whoami
  example.py [options] deployments --org ID
  example.py [options] deploy IMAGE --org ID [--env NAME=VALUE ...]
  example.py [options] watch [--org ID] [--count N]

Who calls is a token in a file (--token-file), or --user, whose password is asked for or taken from
the environment's BERTH_PASSWORD. BERTH_ADDRESS, BERTH_CA and BERTH_TOKEN_FILE stand for options.
The messages are made with protoc and found on PYTHONPATH: see README.md.
"""

import argparse
import getpass
import os
import sys

from berth.v1.deployments_pb2 import (
    CreateDeploymentRequest, CreateDeploymentResponse, DeploymentState, ListDeploymentsRequest,
    ListDeploymentsResponse, WatchDeploymentsRequest, WatchDeploymentsResponse)
from berth.v1.users_pb2 import LoginRequest, LoginResponse, WhoAmIRequest, WhoAmIResponse
from google.rpc.error_details_pb2 import BadRequest

from berth_client import Channel, Status


def sign_in(channel, username):
    password = os.environ.get("BERTH_PASSWORD") or getpass.getpass(f"password of {username}: ")
    answer = channel.unary(
        "berth.v1.UserService/Login", LoginRequest(username=username, password=password),
        LoginResponse)
    channel.token = answer.tokens.access_token


def whoami(channel, options):
    me = channel.unary("berth.v1.UserService/WhoAmI", WhoAmIRequest(), WhoAmIResponse, timeout=5)
    print(me.name, me.id)
    for membership in me.memberships:
        print(f"  {membership.role} of {membership.organization_name} {membership.organization_id}")


def deployments(channel, options):
    request = ListDeploymentsRequest(organization_id=options.org)
    while True:
        page = channel.unary(
            "berth.v1.DeploymentService/ListDeployments", request, ListDeploymentsResponse)
        for each in page.deployments:
            size = sum(map(len, each.env.values()))
            print(each.id, DeploymentState.Name(each.state), each.image, f"env={size}")
        request.page.token = page.next_page_token
        if not page.next_page_token:
            return


def deploy(channel, options):
    request = CreateDeploymentRequest(
        organization_id=options.org, image=options.image,
        env=dict(each.partition("=")[::2] for each in options.env))
    request.resources.cpu_millis, request.resources.memory_bytes = 100, 1 << 20
    answer = channel.unary(
        "berth.v1.DeploymentService/CreateDeployment", request, CreateDeploymentResponse)
    print(answer.deployment.id, DeploymentState.Name(answer.deployment.state))


def watch(channel, options):
    request = WatchDeploymentsRequest(organization_id=options.org, include_current=True)
    with channel.server_streaming(
            "berth.v1.DeploymentService/WatchDeployments", request,
            WatchDeploymentsResponse) as changes:
        for number, change in enumerate(changes, 1):
            print(change.deployment.id, DeploymentState.Name(change.event.state), flush=True)
            if number == options.count:
                return


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment = os.environ.get
    parser.add_argument("--address", default=environment("BERTH_ADDRESS", "127.0.0.1:7440"))
    parser.add_argument("--ca", default=environment("BERTH_CA"), help="PEM of the authority")
    parser.add_argument("--server-name", help="that the certificate must be for")
    parser.add_argument("--token-file", default=environment("BERTH_TOKEN_FILE"))
    parser.add_argument("--user", help="sign in instead of using a token")
    commands = parser.add_subparsers(required=True)
    for run in (whoami, deployments, deploy, watch):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        command.add_argument("--org", default="", help="id of an organization")
        if run is deploy:
            command.add_argument("image")
            command.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
        if run is watch:
            command.add_argument("--count", type=int, default=0, help="end after so many changes")
    return parser.parse_args()


def main():
    options = parse_arguments()
    host, _, port = options.address.rpartition(":")
    try:
        with Channel(
                host.strip("[]"), int(port), cafile=options.ca,
                server_name=options.server_name) as channel:
            if options.token_file:
                with open(options.token_file, encoding="utf-8") as file:
                    channel.token = file.read().strip()
            if options.user:
                sign_in(channel, options.user)
            options.run(channel, options)
    except Status as status:
        print(f"error: {status}", file=sys.stderr)
        wrong = status.detail(BadRequest)
        for violation in wrong.field_violations if wrong else []:
            print(f"  {violation.field}: {violation.description}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
