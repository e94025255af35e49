import { graphql } from 'react-relay';

graphql`
  fragment operations_turn on Response {
    id
    status
    outputText
    error {
      message
    }
    inputItems(first: 10) {
      nodes {
        ... on Message {
          text
        }
      }
    }
  }
`;

export const CONVERSATION = graphql`
  query operationsConversationQuery($id: ID!) {
    conversation(id: $id) {
      responses(first: 50) {
        nodes {
          ...operations_turn @relay(mask: false)
        }
      }
    }
  }
`;

export const FOLLOW = graphql`
  subscription operationsFollowSubscription($id: ID!, $after: String) {
    conversationEvents(id: $id, after: $after) {
      cursor
      ... on ConversationResponseStartedEvent {
        response {
          ...operations_turn @relay(mask: false)
        }
      }
      ... on ConversationResponseEvent {
        responseId
        event {
          ... on OutputTextDeltaEvent {
            delta
          }
        }
      }
      ... on ConversationResponseEndedEvent {
        response {
          ...operations_turn @relay(mask: false)
        }
      }
    }
  }
`;

export const START = graphql`
  mutation operationsStartMutation {
    createConversation(input: {}) {
      conversation {
        id
      }
      userErrors {
        message
      }
    }
  }
`;

export const ASK = graphql`
  mutation operationsAskMutation($conversationId: ID!, $model: String!, $text: String!) {
    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {
      userErrors {
        message
      }
    }
  }
`;
